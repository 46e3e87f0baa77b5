package io.millrace.launcher.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import io.millrace.platform.tls.TlsFiles;
import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
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

/** Who tries for a while to join a node under mutual TLS. Beside {@link TlsClusterTest}: they wait for Hazelcast to give up. */
@Tag("slow")
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("TlsStrangersTest")
@ResourceLock(value = Resources.SYSTEM_OUT, mode = ResourceAccessMode.READ)
@SuppressWarnings("NullAway.Init")
class TlsStrangersTest {
    private static final String NAME = "strangers-under-tls";

    @TempDir
    static Path folder;

    @TempDir
    static Path otherFolder;

    private static TlsNodes nodes;

    @BeforeAll
    static void join() throws Exception {
        nodes = new TlsNodes(NAME, folder, "one");
        new TestAuthority(otherFolder).issue("stranger");
    }

    @AfterAll
    static void leave() throws Exception {
        nodes.close();
    }

    @Test
    void aNodeWithACertificateOfAnotherAuthorityOrNoneDoesNotJoin() throws Exception {
        // Else it would try for 300 s.
        Path impatient = Files.writeString(
                folder.resolve("cluster.xml"),
                Files.readString(TlsNodes.CONFIG)
                        .replace(
                                "</properties>",
                                "<property name=\"hazelcast.max.join.seconds\">3</property></properties>"));
        TlsFiles stranger = TlsNodes.files(otherFolder, "stranger");
        List<CompletableFuture<Void>> tried = List.of(
                CompletableFuture.runAsync(() -> assertAlone(stranger, impatient)),
                CompletableFuture.runAsync(() -> assertAlone(null, impatient)));
        for (CompletableFuture<Void> attempt : tried) {
            attempt.get(60, TimeUnit.SECONDS);
        }
        assertEquals(1, nodes.members());
    }

    /** Hazelcast gives up, or founds a cluster of one. */
    private static void assertAlone(@Nullable TlsFiles tls, Path config) {
        try {
            Vertx stranger = nodes.join(TlsNodes.freePort(), tls, config);
            assertEquals(1, TlsNodes.manager(stranger).getNodes().size());
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
        config.getNetworkConfig().addAddress("127.0.0.1:" + nodes.port);
        config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(500);
        assertThrows(IllegalStateException.class, () -> HazelcastClient.newHazelcastClient(config));
    }
}
