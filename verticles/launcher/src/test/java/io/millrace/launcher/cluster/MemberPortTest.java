package io.millrace.launcher.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.nio.serialization.HazelcastSerializationException;
import io.millrace.launcher.NodeSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.spi.cluster.hazelcast.ConfigUtil;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Hazelcast's port takes of whoever isn't a member. */
@SuppressWarnings("NullAway.Init")
class MemberPortTest {
    private static final String NAME = "member-port";
    private static int port;
    private static Vertx node;

    @BeforeAll
    static void join() throws Exception {
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        node = Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        Path.of("../../conf/cluster.xml"),
                        NAME,
                        new NodeSettings.ClusterSettings(
                                NAME, "127.0.0.1", port, 0, List.of("127.0.0.1:" + port), null, null, false))
                .await(30, TimeUnit.SECONDS);
    }

    @AfterAll
    static void leave() throws Exception {
        node.close().await(20, TimeUnit.SECONDS);
    }

    @Test
    void aClientOfTheRightNameIsRefused() {
        ClientConfig config = new ClientConfig().setClusterName(NAME);
        config.getNetworkConfig().addAddress("127.0.0.1:" + port);
        config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(500);
        assertThrows(IllegalStateException.class, () -> HazelcastClient.newHazelcastClient(config));
    }

    /** REST, memcache. */
    @ParameterizedTest
    @ValueSource(strings = {"GET /hazelcast/health HTTP/1.1\r\n\r\n", "get a\r\n"})
    void anotherProtocolIsRefused(String beginning) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", port)) {
            socket.setSoTimeout(15_000);
            socket.getOutputStream().write(beginning.getBytes(StandardCharsets.US_ASCII));
            String said = "";
            try {
                said = new String(socket.getInputStream().readNBytes(3), StandardCharsets.US_ASCII);
            } catch (SocketException reset) {
                // Closed before all was read.
            }
            assertTrue(List.of("", "HZX").contains(said), said);
        }
    }

    /** As a program does that knows the address, with the name that Vert.x gives by default, and with names that are nearly right. */
    @ParameterizedTest
    @ValueSource(strings = {"dev", "MEMBER-PORT"})
    void aPlainVertxProgramOfAnotherNameStaysAlone(String name) throws Exception {
        Vertx stranger = null;
        try {
            stranger = plain(name);
            assertEquals(1, nodes(stranger), "it sees itself alone");
        } catch (Exception refused) {
            assertTrue(String.valueOf(refused).contains("Node failed to start"), refused::toString);
        } finally {
            if (stranger != null) {
                stranger.close().await(20, TimeUnit.SECONDS);
            }
        }
        assertEquals(1, nodes(node));
    }

    private static int nodes(Vertx vertx) {
        return ((VertxInternal) vertx).clusterManager().getNodes().size();
    }

    private static Vertx plain(String name) throws Exception {
        Config config = ConfigUtil.loadConfig().setClusterName(name).setProperty("hazelcast.max.join.seconds", "3");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true).addMember("127.0.0.1:" + port);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        return Vertx.builder()
                .with(new VertxOptions().setEventBusOptions(new EventBusOptions().setHost("127.0.0.1")))
                .withClusterManager(new HazelcastClusterManager(config))
                .buildClustered()
                .await(30, TimeUnit.SECONDS);
    }

    /** A handler of events is one: shared/docs/handler.md. */
    @Test
    void aPlainVertxProgramOfTheRightNameJoins() throws Exception {
        Vertx plain = plain(NAME);
        try {
            plain.eventBus()
                    .consumer("service.check", message -> message.reply("checked"))
                    .completion()
                    .await(20, TimeUnit.SECONDS);
            org.awaitility.Awaitility.await().ignoreExceptions().until(() -> "checked"
                    .equals(node.eventBus()
                            .request("service.check", "?")
                            .await(20, TimeUnit.SECONDS)
                            .body()));
        } finally {
            plain.close().await(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void anObjectThatVertxDoesNotKeepThereIsNotRead() {
        HazelcastInstance hazelcast = ((SelfHealingClusterManager)
                        Objects.requireNonNull(((VertxInternal) node).clusterManager()))
                .getHazelcastInstance();
        var map = hazelcast.<String, Object>getMap("a map of a test's own");
        for (Object strange : List.of(URI.create("a:b"), new java.util.Random(), new java.util.BitSet())) {
            map.set("key", strange);
            assertThrows(HazelcastSerializationException.class, () -> map.get("key"), strange::toString);
        }
    }
}
