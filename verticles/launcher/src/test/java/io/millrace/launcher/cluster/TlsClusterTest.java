package io.millrace.launcher.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import io.millrace.launcher.NodeSettings;
import io.millrace.platform.tls.TlsFiles;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

/** Three nodes under mutual TLS, and whoever hasn't a certificate of their authority. */
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("TlsClusterTest")
@ResourceLock(value = Resources.SYSTEM_OUT, mode = ResourceAccessMode.READ)
@SuppressWarnings("NullAway.Init")
class TlsClusterTest {
    private static final String NAME = "under-tls";
    private static final Path CONFIG = Path.of("../../conf/cluster.xml");
    private static final List<Vertx> NODES = new ArrayList<>();

    @TempDir
    static Path folder;

    @TempDir
    static Path otherFolder;

    private static TestAuthority authority;
    private static int port;

    @BeforeAll
    static void join() throws Exception {
        // New keys every few messages, as else after 137 GB.
        Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^20");
        authority = new TestAuthority(folder);
        new TestAuthority(otherFolder).issue("stranger");
        port = port();
        for (String name : List.of("one", "two", "three")) {
            authority.issue(name);
            NODES.add(node(NODES.isEmpty() ? port : port(), files(folder, name), CONFIG));
        }
    }

    @AfterAll
    static void leave() throws Exception {
        for (Vertx node : NODES) {
            node.close().await(20, TimeUnit.SECONDS);
        }
    }

    private static TlsFiles files(Path in, String name) {
        return new TlsFiles("cluster.tls", in.resolve(name + ".crt"), in.resolve(name + ".key"), in.resolve("ca.crt"));
    }

    private static Vertx node(int own, @Nullable TlsFiles tls, Path config) throws Exception {
        return Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        config,
                        NAME,
                        new NodeSettings.ClusterSettings(
                                NAME, "127.0.0.1", own, 0, List.of("127.0.0.1:" + port), null, tls, false))
                .await(60, TimeUnit.SECONDS);
    }

    private static int port() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private static int members() {
        return manager(NODES.get(0)).getNodes().size();
    }

    private static SelfHealingClusterManager manager(Vertx node) {
        return (SelfHealingClusterManager) Objects.requireNonNull(((VertxInternal) node).clusterManager());
    }

    @Test
    void threeNodesFormAClusterAndPassWhatNeedsManyRecords() throws Exception {
        assertEquals(3, members());
        Buffer large = Buffer.buffer(new byte[3 << 20]);
        for (Vertx receiver : NODES) {
            String address = "to-" + NODES.indexOf(receiver);
            receiver.eventBus()
                    .<Buffer>consumer(address, message -> message.reply(message.body()))
                    .completion()
                    .await(20, TimeUnit.SECONDS);
            for (Vertx sender : NODES) {
                await().ignoreExceptions()
                        .until(() -> large.equals(sender.eventBus()
                                .<Buffer>request(address, large)
                                .await(20, TimeUnit.SECONDS)
                                .body()));
            }
        }
        // Hazelcast's own connections, with what doesn't fit into one of its buffers either.
        byte[] value = new byte[3 << 20];
        for (Vertx writer : NODES) {
            var map = manager(writer).getHazelcastInstance().<String, byte[]>getMap("large");
            for (int i = 0; i < 10; i++) {
                map.set("k" + i, value);
            }
            for (Vertx reader : NODES) {
                assertEquals(
                        value.length,
                        Objects.requireNonNull(manager(reader)
                                        .getHazelcastInstance()
                                        .<String, byte[]>getMap("large")
                                        .get("k3"))
                                .length);
            }
        }
    }

    @Test
    void aNodeWithACertificateOfAnotherAuthorityOrNoneDoesNotJoin() throws Exception {
        // Else it would try for 300 s.
        Path impatient = Files.writeString(
                folder.resolve("cluster.xml"),
                Files.readString(CONFIG)
                        .replace(
                                "</properties>",
                                "<property name=\"hazelcast.max.join.seconds\">3</property></properties>"));
        TlsFiles stranger = files(otherFolder, "stranger");
        List<CompletableFuture<Void>> tried = List.of(
                CompletableFuture.runAsync(() -> assertAlone(stranger, impatient)),
                CompletableFuture.runAsync(() -> assertAlone(null, impatient)));
        for (CompletableFuture<Void> attempt : tried) {
            attempt.get(60, TimeUnit.SECONDS);
        }
        assertEquals(3, members());
    }

    /** Hazelcast gives up, or founds a cluster of one. */
    private static void assertAlone(@Nullable TlsFiles tls, Path config) {
        try {
            Vertx stranger = node(port(), tls, config);
            assertEquals(1, manager(stranger).getNodes().size());
            stranger.close().await(20, TimeUnit.SECONDS);
        } catch (IllegalStateException notStarted) {
            assertEquals("Node failed to start!", notStarted.getMessage());
        } catch (Exception other) {
            throw new AssertionError(other);
        }
    }

    @Test
    void aClientOfHazelcastIsRefused() {
        ClientConfig config = new ClientConfig().setClusterName(NAME);
        config.getNetworkConfig().addAddress("127.0.0.1:" + port);
        config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(500);
        assertThrows(IllegalStateException.class, () -> HazelcastClient.newHazelcastClient(config));
    }

    /** On both ports: with no certificate, with another authority's, and with nothing but the right words. */
    @Test
    void whoHasNoCertificateOfTheAuthorityGetsNothingAcross() throws Exception {
        Set<String> heard = ConcurrentHashMap.newKeySet();
        NODES.get(0)
                .eventBus()
                .<Object>consumer("guarded", message -> heard.add(String.valueOf(message.body())))
                .completion()
                .await(20, TimeUnit.SECONDS);
        SSLContext other = io.millrace.platform.tls.Certificates.read(files(otherFolder, "stranger"))
                .context();
        SSLContext none = SSLContext.getInstance("TLS");
        none.init(null, new TrustManager[] {authority.trust()}, null);
        for (int target : List.of(port, busPort())) {
            for (SSLContext context : List.of(other, none)) {
                try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", target)) {
                    socket.setSoTimeout(15_000);
                    assertThrows(IOException.class, () -> {
                        socket.startHandshake();
                        // With TLS 1.3 a client knows of its refusal when it reads.
                        socket.getOutputStream().write("HZC".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                        if (socket.getInputStream().read() < 0) {
                            throw new SSLException("closed");
                        }
                    });
                }
            }
            try (Socket plain = new Socket("127.0.0.1", target)) {
                plain.setSoTimeout(15_000);
                plain.getOutputStream().write("HZC".repeat(100).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
                try {
                    byte[] said = plain.getInputStream().readAllBytes();
                    // At most an alert of TLS.
                    assertTrue(
                            said.length == 0 || said[0] == 21,
                            new String(said, java.nio.charset.StandardCharsets.ISO_8859_1));
                } catch (IOException cut) {
                    // Cut at once.
                }
            }
        }
        assertEquals(Set.of(), heard);
        assertEquals(3, members());
    }

    @Test
    void aSilentConnectionCostsNothingAndIsClosed() throws Exception {
        long before = ioCpuNanos();
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            silent.add(new Socket("127.0.0.1", port));
        }
        for (Socket socket : silent) {
            socket.setSoTimeout(30_000);
            try {
                assertEquals(-1, socket.getInputStream().read());
            } catch (SocketException reset) {
                // That is closed too.
            }
            socket.close();
        }
        assertTrue(ioCpuNanos() - before < TimeUnit.SECONDS.toNanos(1));
    }

    /** The time of the processor that Hazelcast's I/O has taken. */
    private static long ioCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> thread.getThreadName().contains(".IO.thread-"))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }

    private static int busPort() throws Exception {
        Promise<NodeInfo> place = Promise.promise();
        SelfHealingClusterManager one = manager(NODES.get(0));
        one.getNodeInfo(one.getNodeId(), place);
        return place.future().await(20, TimeUnit.SECONDS).port();
    }
}
