package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A message of the bridge with another token in its headers renews the connection's rights. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
final class RenewedBridgeTest {
    private static BroadcastFixture front;

    private final List<JsonObject> got = new CopyOnWriteArrayList<>();
    private WebSocket socket;

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture();
    }

    @AfterAll
    static void close() {
        front.close();
    }

    @AfterEach
    void end() throws Exception {
        front.revoke();
        BroadcastFixture.done(socket.close());
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    @Test
    void whoSawEverythingGoesOnWithTheOwnEventsAlone() throws Exception {
        register(front.token("anna", "staff"));
        String bert = commit("bert");
        await().until(() -> ids().equals(List.of(bert)));
        renew(front.token("anna", "customer"));
        await().until(() -> types().contains("subscribed renewed"));
        commit("bert");
        String own = commit("anna");
        await().until(() -> ids().contains(own));
        assertEquals(List.of(bert, own), ids());
        renew(front.token("anna", "staff"));
        await().until(() ->
                types().stream().filter("subscribed renewed"::equals).count() == 2);
        String again = commit("bert");
        await().until(() -> ids().equals(List.of(bert, own, again)));
    }

    @Test
    void whoMaySeeNothingAnyMoreGetsNothingAndTheConnectionGoesOn() throws Exception {
        register(front.token("anna", "staff"));
        renew(front.token("anna", "public"));
        await().until(() -> got.toString().contains("permission_denied"));
        commit("anna");
        renew(front.token("anna", "staff"));
        register(front.token("anna", "staff"));
        String seen = commit("bert");
        await().until(() -> ids().contains(seen));
        assertEquals(List.of(seen), ids());
    }

    @Test
    void theSameTokenAgainRenewsNothing() throws Exception {
        String token = front.token("anna", "staff");
        register(token);
        renew(token);
        String seen = commit("bert");
        await().until(() -> ids().equals(List.of(seen)));
        assertFalse(types().contains("subscribed renewed"), got.toString());
    }

    @Test
    void aRevokedTokenEndsTheConnection() throws Exception {
        register(front.token("anna", new JsonObject().put("iat", 1_000), "staff"));
        front.revoke("anna");
        await().until(() -> socket.isClosed());
    }

    private void register(String token) throws Exception {
        if (socket == null) {
            WebSocketConnectOptions bridge = new WebSocketConnectOptions()
                    .setAbsoluteURI(
                            front.uri.resolve("/eventbus/websocket").toString().replaceFirst("^http", "ws"));
            socket = BroadcastFixture.done(
                    front.client(new WebSocketClientOptions()).connect(bridge));
            socket.textMessageHandler(
                    frame -> frame.lines().map(JsonObject::new).forEach(got::add));
        }
        long before =
                types().stream().filter(type -> type.startsWith("subscribed")).count();
        send(token, "register", StreamStore.STREAM);
        await().until(() ->
                types().stream().filter(type -> type.startsWith("subscribed")).count() > before);
    }

    /** By a message that asks for nothing else. */
    private void renew(String token) throws Exception {
        send(token, "unregister", "nothing");
    }

    private void send(String token, String type, String stream) throws Exception {
        BroadcastFixture.done(socket.writeTextMessage(new JsonObject()
                .put("type", type)
                .put("address", "stream." + stream)
                .put("headers", new JsonObject().put("authorization", "Bearer " + token))
                .encode()));
    }

    private static String commit(String owner) {
        front.store.commit(owner, 10);
        return front.store.last().event().id();
    }

    private List<JsonObject> bodies() {
        return got.stream()
                .filter(message -> message.getValue("body") instanceof JsonObject)
                .map(message -> message.getJsonObject("body"))
                .toList();
    }

    private List<String> types() {
        return bodies().stream()
                .map(body -> body.getString("type") + (body.getBoolean("renewed", false) ? " renewed" : ""))
                .toList();
    }

    private List<String> ids() {
        return bodies().stream()
                .filter(body -> body.containsKey("priority"))
                .map(body -> body.getJsonObject("data").getString("id"))
                .toList();
    }
}
