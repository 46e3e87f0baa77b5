package io.millrace.systemtests.environment;

import static org.awaitility.Awaitility.await;

import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.testkit.process.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One Redis, or several of which others take over when one dies, as fast as they can. */
public final class RedisGroup implements AutoCloseable {
    private static final String MASTER = "mymaster";
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;
    private static final Duration READY = Duration.ofSeconds(30);

    private final Kind kind;
    /** The primary first; of a cluster the masters first, and a replica of each in the same order. */
    private final List<EmbeddedRedis> servers = new ArrayList<>();

    private final List<Process> sentinels = new ArrayList<>();
    private final List<Integer> sentinelPorts = new ArrayList<>();

    /** What the servers are, in the words of {@code redis.mode}. */
    public enum Kind {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    private RedisGroup(Kind kind) {
        this.kind = kind;
    }

    static RedisGroup start(Path directory, Kind kind) throws IOException {
        RedisGroup group = new RedisGroup(kind);
        switch (kind) {
            case SINGLE -> group.servers.add(EmbeddedRedis.start(directory, 0));
            case SENTINEL -> group.startWithSentinels(directory);
            default -> group.startCluster(directory);
        }
        return group;
    }

    private void startWithSentinels(Path directory) throws IOException {
        EmbeddedRedis primary = EmbeddedRedis.start(directory.resolve("primary"), 0);
        servers.add(primary);
        servers.add(EmbeddedRedis.start(
                directory.resolve("replica"), 0, List.of("--replicaof", "127.0.0.1 " + primary.port())));
        await().atMost(READY).until(() -> info(primary, "replication").contains("connected_slaves:1"));
        for (int i = 0; i < 3; i++) {
            startSentinel(directory, primary);
        }
        for (int port : sentinelPorts) {
            RedisAccess sentinel = new RedisAccess("redis://127.0.0.1:" + port);
            await().atMost(READY).ignoreExceptions().until(() -> {
                List<String> known = sentinel.ask("SENTINEL", "MASTER", MASTER);
                return known.get(known.indexOf("num-other-sentinels") + 1).equals("2")
                        && known.get(known.indexOf("num-slaves") + 1).equals("1");
            });
        }
    }

    private void startSentinel(Path directory, EmbeddedRedis primary) throws IOException {
        int port = new Ports().free();
        Path folder = Files.createDirectories(directory.resolve("sentinel-" + port));
        Path file = folder.resolve("sentinel.conf");
        Files.writeString(
                file,
                """
                port %d
                bind 127.0.0.1
                dir %s
                sentinel monitor mymaster 127.0.0.1 %d 2
                sentinel down-after-milliseconds mymaster 2000
                sentinel failover-timeout mymaster 6000
                """
                        .formatted(port, folder, primary.port()));
        try (Stream<Path> files = Files.walk(primary.directory())) {
            // A copy of its own: what runs from the primary's folder ends when that one is started again.
            Path program = Files.copy(
                    files.filter(path -> path.endsWith("redis-server"))
                            .findFirst()
                            .orElseThrow(),
                    folder.resolve("redis-sentinel"),
                    StandardCopyOption.COPY_ATTRIBUTES);
            sentinels.add(new ProcessBuilder(program.toString(), file.toString(), "--sentinel")
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("sentinel.log").toFile())
                    .start());
        }
        sentinelPorts.add(port);
    }

    private void startCluster(Path directory) throws IOException {
        for (int i = 0; i < 2 * MASTERS; i++) {
            servers.add(EmbeddedRedis.start(
                    directory.resolve("node-" + i),
                    0,
                    List.of(
                            "--cluster-enabled",
                            "yes",
                            "--cluster-config-file",
                            "nodes.conf",
                            "--cluster-node-timeout",
                            "2000")));
        }
        for (int i = 0; i < MASTERS; i++) {
            int from = i * SLOTS / MASTERS;
            int to = (i + 1) * SLOTS / MASTERS - 1;
            access(i).ask("CLUSTER", "ADDSLOTSRANGE", "" + from, "" + to);
        }
        for (EmbeddedRedis other : servers.subList(1, servers.size())) {
            access(0).ask("CLUSTER", "MEET", "127.0.0.1", "" + other.port());
        }
        for (int i = 0; i < servers.size(); i++) {
            RedisAccess node = access(i);
            await().atMost(READY).until(() -> String.join("\n", node.ask("CLUSTER", "INFO"))
                    .contains("cluster_known_nodes:" + servers.size()));
        }
        for (int i = 0; i < MASTERS; i++) {
            String id = access(i).ask("CLUSTER", "MYID").get(0);
            RedisAccess replica = access(i + MASTERS);
            await().atMost(READY).ignoreExceptions().until(() -> replica.ask("CLUSTER", "REPLICATE", id)
                    .equals(List.of("OK")));
        }
        for (int i = 0; i < servers.size(); i++) {
            EmbeddedRedis node = servers.get(i);
            boolean master = i < MASTERS;
            await().atMost(READY)
                    .until(() -> String.join("\n", new RedisAccess(node.uri()).ask("CLUSTER", "INFO"))
                                    .contains("cluster_state:ok")
                            && info(node, "replication")
                                    .contains(master ? "connected_slaves:1" : "master_link_status:up"));
        }
    }

    private RedisAccess access(int server) {
        return new RedisAccess(servers.get(server).uri());
    }

    private static String info(EmbeddedRedis server, String section) {
        return String.join("\n", new RedisAccess(server.uri()).ask("INFO", section));
    }

    /** The primary, or a master of the cluster, dies now. */
    public void killPrimary() {
        servers.get(0).kill();
    }

    /** What was killed comes back, as a replica. */
    public void restartPrimary() throws IOException {
        servers.get(0).restart();
    }

    /** Whether another has taken the place of the one that was killed. */
    public boolean isTakenOver() {
        return info(heir(), "replication").contains("role:master");
    }

    /** Where all that is published is heard, also after the primary has died. */
    public String heirUri() {
        return heir().uri();
    }

    private EmbeddedRedis heir() {
        return servers.get(kind == Kind.CLUSTER ? MASTERS : 1);
    }

    /** As {@code redis.uri} wants it. */
    String uri() {
        return kind == Kind.SENTINEL
                ? "redis://"
                        + sentinelPorts.stream()
                                .map(port -> "127.0.0.1:" + port)
                                .collect(Collectors.joining(","))
                : "redis://"
                        + servers.stream()
                                .map(server -> "127.0.0.1:" + server.port())
                                .collect(Collectors.joining(","));
    }

    @Override
    public void close() {
        sentinels.forEach(Process::destroyForcibly);
        sentinels.forEach(sentinel -> sentinel.onExit().join());
        servers.forEach(EmbeddedRedis::close);
    }
}
