package io.millrace.broadcast.transport;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the server tells of itself and of its connections, field by field. */
class InfoRoutesTest {
    @Test
    void statsCountConnectionsByRoleTransportAndNamespace() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                SocketClient one = front.connect("a", "staff");
                SocketClient two = front.connect("b", "staff");
                SocketClient three = front.connect("c", "customer");
                SocketClient nobody = SocketClient.open(front.uri, null)) {
            List.of(one, two, three).forEach(client -> client.subscribe("orders"));
            one.subscribe("room:1");
            nobody.send("{\"type\":\"subscribe\",\"stream\":\"orders\"}");
            ApiClient operator = new ApiClient(front.uri.resolve("/"), front.token("op", "operator"));

            await().until(() ->
                    operator.get("/api/ws/stats").json().getJsonObject("byRole").containsKey("public"));
            JsonObject stats = operator.get("/api/ws/stats").json();
            JsonObject node = ((JsonArray) stats.remove("nodes")).getJsonObject(0);
            assertTrue(Instant.parse((String) node.remove("since")).isBefore(Instant.now()), node::encode);
            assertTrue(
                    !((String) node.remove("node")).isEmpty() && node.equals(new JsonObject().put("connections", 4)));
            assertEquals(
                    new JsonObject(
                            """
                            {"connections":4,"authenticated":3,"byRole":{"staff":2,"customer":1,"public":1},
                            "byTransport":{"websocket":4},
                            "byNamespace":{"orders":{"subscriptions":3},"rooms":{"subscriptions":1}}}"""),
                    stats);
            assertTrue(nobody.isOpen());
            for (String role : List.of("staff", "customer")) {
                ApiClient other = new ApiClient(front.uri.resolve("/"), front.token("x", role));
                assertEquals(403, other.get("/api/ws/stats").status(), role);
            }
            assertEquals(
                    401,
                    new ApiClient(front.uri.resolve("/"), null)
                            .get("/api/ws/stats")
                            .status());
        }
    }

    @Test
    void infoTellsWhatTheServerSpeaksAndWhetherItTakesConnections() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            ApiClient anybody = new ApiClient(front.uri.resolve("/"), null);
            JsonObject info = anybody.get("/api/ws/info").json();
            assertTrue((int) info.remove("maxEvent") > 0);
            assertTrue((int) info.remove("maxMessage") >= 1 << 20);
            assertEquals(
                    new JsonObject(
                            """
                            {"name":"millrace","status":"operational","version":"development","protocol":1,"heartbeat":30000,
                            "transports":["websocket","sse","poll","sockjs","tcp"],
                            "features":["filter","state","delta","rate","slow","presence","publish","after-time"]}"""),
                    info);
            front.drain();
            assertEquals("draining", anybody.get("/api/ws/info").json().getString("status"));
        }
    }
}
