package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.connection.NodeInfo;
import io.millrace.testkit.client.SocketClient;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators see of the connections of two nodes, and do about them. */
@Timeout(60)
class ConnectionsTest {
    private static final ConnectionQuery ANY = new ConnectionQuery(null, null, null, null, null, null, 100);

    private final BroadcastFixture one = new BroadcastFixture();
    private final BroadcastFixture other = one.neighbour("buffer.max", "64KiB", "slow.timeout", "60s");

    ConnectionsTest() throws Exception {}

    @AfterEach
    void stop() {
        one.close();
    }

    @Test
    @Tag("slow")
    void theSlowReaderOfAnyNodeIsFirstAndEachIsFoundByWhatItIs() throws Exception {
        try (SocketClient quick = one.connect("s-1", "staff");
                SocketClient second = other.connect("s-2", "staff");
                SocketClient customer = one.connect("c-4", "customer")) {
            List.of(quick, second, customer).forEach(client -> client.subscribe("orders"));
            sleeper(other);
            awaitAll(4);
            fillUp();

            await().untilAsserted(() -> assertEquals(List.of("sleeper", "s-1", "s-2", "c-4"), users(ANY)));
            ConnectionPage page = find(ANY);
            ConnectionInfo slowest = page.connections().get(0);
            assertEquals("sleeper", slowest.user());
            assertEquals(other.node.name(), slowest.node());
            assertTrue(slowest.lag().millis() > 0 && slowest.lag().events() > 0, slowest::toString);
            assertTrue(slowest.lag().bytes() > 0 && slowest.sentBytes() > 0, slowest::toString);
            ConnectionInfo.SubscriptionInfo subscription =
                    slowest.subscriptions().get(0);
            assertEquals(ConnectionInfo.SubscriptionInfo.State.LAGGING, subscription.state());
            assertTrue(subscription.filtered());

            assertEquals(List.of("sleeper"), users(new ConnectionQuery(null, null, null, null, null, null, 1)));
            assertEquals(4, page.matched());
            assertEquals(List.of(), page.silent());
            assertEquals(List.of("s-2"), users(new ConnectionQuery(null, "s-2", null, null, null, null, 9)));
            assertEquals(List.of("c-4"), users(new ConnectionQuery(null, null, "customer", null, null, null, 9)));
            assertEquals(
                    List.of("s-1", "c-4"),
                    users(new ConnectionQuery(null, null, null, "websocket", "orders", one.node.name(), 9)));
            assertEquals(List.of(), users(new ConnectionQuery(null, null, null, "sse", null, null, 9)));
            assertEquals(List.of(), users(new ConnectionQuery(null, null, null, null, "room:1", null, 9)));
            String id = id(customer);
            assertEquals(List.of("c-4"), users(new ConnectionQuery(id, null, null, null, null, null, 9)));
        }
    }

    @Test
    void aNodeThatDoesNotAnswerIsTold() throws Exception {
        try (SocketClient client = one.connect("s-1", "staff")) {
            one.bus.publish(Addresses.PEERS, new NodeInfo("ghost", 1, false, List.of(), List.of()));
            await().until(() -> {
                ConnectionPage page = find(ANY);
                return page.silent().equals(List.of("ghost")) && page.matched() == 1;
            });
            assertTrue(client.isOpen());
        }
    }

    @Test
    void theLastErrorOfAConnectionIsThere() throws Exception {
        try (SocketClient client = one.connect("s-1", "staff")) {
            client.send("{\"type\":\"subscribe\",\"stream\":\"" + "x".repeat(3_000) + "\"}");
            await().until(() -> client.last("error") != null);
            ConnectionInfo.LastError error =
                    Objects.requireNonNull(find(ANY).connections().get(0).lastError());
            assertEquals("permission_denied", error.code());
            assertTrue(error.message().length() < 250, "what a client sends fills no memory");
        }
    }

    @Test
    void allConnectionsOfAUserEndAtAllNodesAlsoThoseThatReadNothing() throws Exception {
        try (SocketClient here = one.connect("sleeper", "staff");
                SocketClient stays = other.connect("s-2", "staff")) {
            sleeper(other);
            awaitAll(3);
            fillUp();
            assertEquals(2, disconnect(null, "sleeper"));

            assertEquals(4410, here.closeCode());
            JsonObject error = Objects.requireNonNull(here.last("error"));
            assertEquals("unavailable", error.getString("code"));
            assertEquals("an operator has ended this connection", error.getString("message"));
            assertTrue(error.getLong("retryAfter") > 0, "its client may come back");
            awaitAll(1);
            assertEquals(1, other.closed("4410"));
            assertTrue(stays.isOpen());
        }
    }

    @Test
    void oneConnectionEndsByItsIdAndNoOtherOfItsUser() throws Exception {
        try (SocketClient ends = one.connect("s-1", "staff");
                SocketClient stays = one.connect("s-1", "staff")) {
            String id = id(ends);
            assertEquals(1, disconnect(id, null));
            assertEquals(4410, ends.closeCode());
            awaitAll(1);
            assertTrue(stays.isOpen());
            assertEquals(0, disconnect(id, null), "it is not there any more");
            assertEquals(0, disconnect(null, "nobody"));
        }
    }

    private static String id(SocketClient client) {
        await().until(() -> client.last("welcome") != null);
        return Objects.requireNonNull(client.last("welcome")).getString("connectionId");
    }

    private int disconnect(@Nullable String connection, @Nullable String user) throws Exception {
        return BroadcastFixture.done(one.bus.request(
                        Addresses.CONNECTION_COMMANDS, ConnectionCommand.disconnect(connection, user, "op")))
                .done();
    }

    private ConnectionPage find(ConnectionQuery query) throws Exception {
        return BroadcastFixture.done(one.bus.request(Addresses.CONNECTIONS, query));
    }

    private List<String> users(ConnectionQuery query) throws Exception {
        return find(query).connections().stream().map(ConnectionInfo::user).toList();
    }

    /** Also that the nodes know each other. */
    private void awaitAll(int connections) {
        await().until(() -> find(ANY).matched() == connections);
    }

    /** Until the one that reads nothing is behind. */
    private void fillUp() {
        await().until(() -> {
            for (int i = 0; i < 20; i++) {
                one.store.change("o-" + i % 4, "{\"remarks\":\"" + "x".repeat(20_000) + "\"}");
            }
            ConnectionQuery sleeper = new ConnectionQuery(null, "sleeper", null, null, null, other.node.name(), 1);
            // What the system takes for a socket is soon taken.
            return find(sleeper).connections().get(0).lag().millis() > 1_000;
        });
    }

    /** Subscribed with a filter, and reading nothing then. */
    private static void sleeper(BroadcastFixture node) throws Exception {
        CompletableFuture<Void> subscribed = new CompletableFuture<>();
        WebSocket socket = BroadcastFixture.done(node.client(new WebSocketClientOptions()
                        .setMaxFrameSize(1 << 20)
                        .setMaxMessageSize(1 << 22)
                        .setReceiveBufferSize(16_384))
                .connect(new WebSocketConnectOptions()
                        .setHost("127.0.0.1")
                        .setPort(node.uri.getPort())
                        .setURI("/api/ws")
                        .addHeader("Authorization", "Bearer " + node.token("sleeper", "staff"))));
        socket.textMessageHandler(text -> {
            if (text.contains("\"subscribed\"")) {
                socket.pause();
                subscribed.complete(null);
            }
        });
        BroadcastFixture.done(socket.writeTextMessage(
                "{\"type\":\"subscribe\",\"stream\":\"orders\",\"filter\":{\"type\":\"order:created\"}}"));
        subscribed.get(15, TimeUnit.SECONDS);
    }
}
