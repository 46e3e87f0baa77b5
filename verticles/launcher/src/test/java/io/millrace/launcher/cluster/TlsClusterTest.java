package io.millrace.launcher.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Path;
import java.security.Security;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
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
    @TempDir
    static Path folder;

    @TempDir
    static Path otherFolder;

    private static TlsNodes nodes;

    @BeforeAll
    static void join() throws Exception {
        // New keys every few messages, as else after 137 GB.
        Security.setProperty("jdk.tls.keyLimits", "AES/GCM/NoPadding KeyUpdate 2^20");
        nodes = new TlsNodes("under-tls", folder, "one", "two", "three");
        new TestAuthority(otherFolder).issue("stranger");
    }

    @AfterAll
    static void leave() throws Exception {
        nodes.close();
    }

    @Test
    void threeNodesFormAClusterAndPassWhatNeedsManyRecords() throws Exception {
        assertEquals(3, nodes.members());
        Buffer large = Buffer.buffer(new byte[3 << 20]);
        for (Vertx receiver : nodes.all) {
            String address = "to-" + nodes.all.indexOf(receiver);
            receiver.eventBus()
                    .<Buffer>consumer(address, message -> message.reply(message.body()))
                    .completion()
                    .await(20, TimeUnit.SECONDS);
            for (Vertx sender : nodes.all) {
                await().ignoreExceptions()
                        .until(() -> large.equals(sender.eventBus()
                                .<Buffer>request(address, large)
                                .await(20, TimeUnit.SECONDS)
                                .body()));
            }
        }
        // Hazelcast's own connections, with what doesn't fit into one of its buffers either.
        byte[] value = new byte[3 << 20];
        for (Vertx writer : nodes.all) {
            var map = TlsNodes.manager(writer).getHazelcastInstance().<String, byte[]>getMap("large");
            for (int i = 0; i < 10; i++) {
                map.set("k" + i, value);
            }
            for (Vertx reader : nodes.all) {
                assertEquals(
                        value.length,
                        Objects.requireNonNull(TlsNodes.manager(reader)
                                        .getHazelcastInstance()
                                        .<String, byte[]>getMap("large")
                                        .get("k3"))
                                .length);
            }
        }
    }

    /** On both ports: with no certificate, with another authority's, and with nothing but the right words. */
    @Test
    void whoHasNoCertificateOfTheAuthorityGetsNothingAcross() throws Exception {
        Set<String> heard = ConcurrentHashMap.newKeySet();
        nodes.all
                .get(0)
                .eventBus()
                .<Object>consumer("guarded", message -> heard.add(String.valueOf(message.body())))
                .completion()
                .await(20, TimeUnit.SECONDS);
        SSLContext other = io.millrace.platform.tls.Certificates.read(TlsNodes.files(otherFolder, "stranger"))
                .context();
        SSLContext none = SSLContext.getInstance("TLS");
        none.init(null, new TrustManager[] {nodes.authority.trust()}, null);
        for (int target : List.of(nodes.port, busPort())) {
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
        assertEquals(3, nodes.members());
    }

    @Test
    void aSilentConnectionCostsNothingAndIsClosed() throws Exception {
        long before = ioCpuNanos();
        assertTrue(before > 0, "they have such threads");
        List<Socket> silent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            silent.add(new Socket("127.0.0.1", nodes.port));
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

    /** The time of the processor that the I/O of these nodes' Hazelcast has taken; other classes have nodes too. */
    private static long ioCpuNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        List<String> names = nodes.all.stream()
                .map(node ->
                        "hz." + TlsNodes.manager(node).getHazelcastInstance().getName() + ".IO.thread-")
                .toList();
        return Arrays.stream(threads.dumpAllThreads(false, false))
                .filter(thread -> names.stream().anyMatch(thread.getThreadName()::startsWith))
                .mapToLong(thread -> threads.getThreadCpuTime(thread.getThreadId()))
                .sum();
    }

    private static int busPort() throws Exception {
        Promise<NodeInfo> place = Promise.promise();
        SelfHealingClusterManager one = TlsNodes.manager(nodes.all.get(0));
        one.getNodeInfo(one.getNodeId(), place);
        return place.future().await(20, TimeUnit.SECONDS).port();
    }
}
