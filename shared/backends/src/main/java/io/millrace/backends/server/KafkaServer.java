package io.millrace.backends.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * The main class of the child JVM that {@link EmbeddedKafka} starts. Serves until its standard input ends, which the
 * operating system sees to when the parent is gone.
 */
final class KafkaServer {
    private static final String CLUSTER_ID = "MillraceEmbeddedKafkaA";

    /** The arguments before the settings. */
    private static final int FIXED = 5;

    private KafkaServer() {}

    static Path pidFile(Path directory) {
        return directory.resolve("kafka.pid");
    }

    static Path readyFile(Path directory) {
        return directory.resolve("kafka.ready");
    }

    /**
     * Serves until standard input ends.
     *
     * @param args directory, port, controller's port, the number of this broker, the numbers and controllers' ports of all
     *     brokers ({@code 1:port,2:port}), and settings that differ, {@code name=value}
     */
    public static void main(String[] args) throws Exception {
        // Kafka has thread pools that outlive a failed start.
        Thread.setDefaultUncaughtExceptionHandler((thread, e) -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
        });
        Path directory = Path.of(args[0]);
        writePid(directory);
        Path data = directory.resolve("data");
        int node = Integer.parseInt(args[3]);
        format(data, node);
        Properties settings = settings(data, args[1], args[2], node, args[4].split(",", -1));
        for (String setting : List.of(args).subList(FIXED, args.length)) {
            int equals = setting.indexOf('=');
            settings.setProperty(setting.substring(0, equals), setting.substring(equals + 1));
        }
        var server = new KafkaRaftServer(KafkaConfig.fromProps(settings), Time.SYSTEM);
        server.startup();
        Files.writeString(readyFile(directory), "");
        while (System.in.read() >= 0) {
            // The parent says nothing; only the end counts.
        }
        server.shutdown();
        System.exit(0);
    }

    private static void writePid(Path directory) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        Instant start = self.info().startInstant().orElse(Instant.now());
        Path partial = directory.resolve("kafka.pid.partial");
        Files.writeString(partial, self.pid() + " " + start);
        Files.move(partial, pidFile(directory), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Makes the directory Kafka's own; leaves one that already is as it is. */
    private static void format(Path data, int node) throws Exception {
        new Formatter()
                .setPrintStream(System.err)
                .setClusterId(CLUSTER_ID)
                .setNodeId(node)
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(data.toString())
                .addDirectory(data.toString())
                .setReleaseVersion(MetadataVersion.latestProduction())
                .setIgnoreFormatted(true)
                .run();
    }

    private static Properties settings(Path data, String port, String controllerPort, int node, String[] voters) {
        var p = new Properties();
        p.setProperty("process.roles", "broker,controller");
        p.setProperty("node.id", "" + node);
        p.setProperty(
                "controller.quorum.voters",
                Stream.of(voters)
                        .map(voter -> voter.replace(":", "@127.0.0.1:"))
                        .collect(Collectors.joining(",")));
        p.setProperty("controller.listener.names", "CONTROLLER");
        p.setProperty("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controllerPort);
        p.setProperty("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        p.setProperty("log.dirs", data.toString());
        p.setProperty("auto.create.topics.enable", "false");
        String replicas = "" + Math.min(voters.length, 3);
        String inSync = voters.length > 2 ? "2" : "1";
        for (String topic : new String[] {"offsets.topic", "transaction.state.log", "share.coordinator.state.topic"}) {
            p.setProperty(topic + ".num.partitions", "1");
            p.setProperty(topic + ".replication.factor", replicas);
        }
        p.setProperty("transaction.state.log.min.isr", inSync);
        p.setProperty("share.coordinator.state.topic.min.isr", inSync);
        p.setProperty("group.initial.rebalance.delay.ms", "0");
        p.setProperty("log.cleaner.dedupe.buffer.size", "2097152");
        // With the defaults a broker that was killed waits 12 s for its own old session to run out.
        p.setProperty("broker.session.timeout.ms", voters.length > 1 ? "3000" : "1500");
        p.setProperty("broker.heartbeat.interval.ms", "300");
        return p;
    }
}
