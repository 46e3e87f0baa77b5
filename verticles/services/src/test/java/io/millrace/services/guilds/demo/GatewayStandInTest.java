package io.millrace.services.guilds.demo;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GatewayStandInTest {
    private final Vertx vertx = Vertx.vertx();
    private final WebSocketClient client = vertx.createWebSocketClient();
    private final List<JsonObject> frames = new CopyOnWriteArrayList<>();
    private int port;

    @AfterEach
    void close() throws Exception {
        await(vertx.close());
    }

    private WebSocket connect() throws Exception {
        frames.clear();
        // The first frame may come with the end of the handshake.
        ClientWebSocket opening = client.webSocket();
        opening.textMessageHandler(text -> frames.add(new JsonObject(text)));
        WebSocket socket = await(opening.connect(port, "127.0.0.1", "/gateway?v=10&encoding=json"));
        await().until(() -> !frames.isEmpty());
        return socket;
    }

    private static void send(WebSocket socket, int op, @Nullable Object content) throws Exception {
        await(socket.writeTextMessage(
                new JsonObject().put("op", op).put("d", content).encode()));
    }

    private List<String> types() {
        return frames.stream()
                .map(frame -> String.valueOf(frame.getString("t")))
                .toList();
    }

    @Test
    void aBotIdentifiesIsToldAndResumesWithWhatItMissed() throws Exception {
        GatewayStandIn gateway = new GatewayStandIn(vertx, 0, GuildLife::guilds);
        HttpServer server = await(gateway.start());
        port = server.actualPort();
        WebSocket first = connect();
        assertEquals(10, frames.get(0).getInteger("op"));
        send(first, 1, null);
        await().until(() -> frames.size() == 2);
        assertEquals(11, frames.get(1).getInteger("op"));
        send(first, 2, new JsonObject().put("token", GatewayStandIn.TOKEN));
        await().until(() -> frames.size() == 5);
        assertEquals(List.of("null", "null", "READY", "GUILD_CREATE", "GUILD_CREATE"), types());
        String session = frames.get(2).getJsonObject("d").getString("session_id");
        await(first.close((short) 4000));

        vertx.runOnContext(now -> gateway.dispatch("TYPING_START", new JsonObject()));
        WebSocket second = connect();
        send(
                second,
                6,
                new JsonObject()
                        .put("token", GatewayStandIn.TOKEN)
                        .put("session_id", session)
                        .put("seq", 3));
        await().until(() -> frames.size() == 3);
        assertEquals(List.of("null", "TYPING_START", "RESUMED"), types());
        assertEquals(4, frames.get(1).getInteger("s"));
        await(second.close());

        // By 1000 a bot ends its session.
        WebSocket third = connect();
        send(
                third,
                6,
                new JsonObject()
                        .put("token", GatewayStandIn.TOKEN)
                        .put("session_id", session)
                        .put("seq", 5));
        await().until(() -> frames.size() == 2);
        assertEquals(9, frames.get(1).getInteger("op"));
        assertEquals(false, frames.get(1).getValue("d"));
        send(
                third,
                2,
                new JsonObject()
                        .put("token", "another")
                        .put("shard", new JsonArray().add(0).add(1)));
        await().until(third::isClosed);
        assertEquals((short) 4004, third.closeStatusCode());
    }
}
