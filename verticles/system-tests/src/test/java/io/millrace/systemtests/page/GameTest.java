package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * The pack {@code game}, played as its document draws it: a client's streams are followed as it connects, it publishes what
 * it does, the game's logic answers with results, others get their filtered view, and whoever goes is missed.
 */
@Order(14)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class GameTest {
    private final Pipeline pipeline;
    private final String room = Shop.unique("r");
    private final String game = Shop.unique("g");
    private final String ann = Shop.unique("ann");
    private final String ben = Shop.unique("ben");
    private final String inRoom = "room:" + room;
    private final String inGame = "game:" + game;

    GameTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void onConnectingAPlayersOwnStreamTheirRoomsAndTheirGamesAreFollowed() {
        try (SocketClient player = player(ann)) {
            player.others().stream()
                    .filter(message -> "subscribed".equals(message.getString("type")))
                    .forEach(message -> {
                        assertEquals(true, message.getBoolean("auto"), message::encode);
                        assertNull(message.getValue("id"), message::encode);
                    });
            assertNull(player.last("error"));
        }
    }

    @Test
    void aMoveReachesTheOthersAndItsResultEverybodyForGood() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben);
                SocketClient logic = open("referee-1", "referee", inRoom, inGame)) {
            JsonObject move = move(ann, "shoot");

            say(annsScreen, "PUBLISH_EVENT", 1, move);

            String id = move.getString("id");
            await().until(() ->
                    bensScreen.log(inRoom).has(id) && logic.log(inRoom).has(id));
            assertNull(message(bensScreen.log(inRoom), id).getString("position"), "a move isn't kept");
            await().until(() -> annsScreen.last("published") != null);
            assertEquals(1, annsScreen.last("published").getInteger("id"));

            // The game's logic works out what it means, and says so to all, and to Ann.
            JsonObject scored = event(
                    "game:scored",
                    new JsonObject()
                            .put("gameId", game)
                            .put("playerId", ann)
                            .put("scores", new JsonObject().put(ann, 10)));
            JsonObject reward = event(
                    "player:rewarded",
                    new JsonObject().put("playerId", ann).put("gameId", game).put("points", 10));
            say(logic, "publish", 2, scored);
            say(logic, "publish", 3, reward);

            await().until(() -> bensScreen.log(inGame).has(scored.getString("id")));
            assertNotNull(
                    message(bensScreen.log(inGame), scored.getString("id")).getString("position"));
            await().until(() -> annsScreen.log("player:" + ann).has(reward.getString("id")));
            JsonObject state =
                    api(ben).entity("game", game + "?stream=" + inGame).json().getJsonObject("state");
            assertEquals(10, state.getJsonObject("scores").getInteger(ann));
            assertEquals(List.of(scored.getString("id")), history(ben, inGame));
            assertEquals(List.of(), bensScreen.log("player:" + ben).ids());
        }
    }

    @Test
    void eachClientSeesTheRoomThroughItsOwnFilterAndMayChangeIt() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            StreamLog shots =
                    annsScreen.subscribe(subscribe("CHANNEL_SUBSCRIBE", new JsonObject().put("data.action", "shoot")));
            StreamLog steps = bensScreen.subscribe(subscribe(
                    "subscribe",
                    new JsonObject()
                            .put(
                                    "data.action",
                                    new JsonObject()
                                            .put(
                                                    "in",
                                                    new JsonArray().add("walk").add("run")))
                            .put("data.x", new JsonObject().put("gte", 0).put("lt", 100))));
            JsonObject shot = move(ben, "shoot");
            JsonObject near = move(ben, "walk");
            JsonObject far = move(ben, "run");
            near.getJsonObject("data").put("x", 5);
            far.getJsonObject("data").put("x", 500);

            // The game itself may publish, too, without a connection.
            ApiClient server = pipeline.api("game-server", "referee");
            for (JsonObject move : List.of(shot, near, far)) {
                assertEquals("sent", server.post(move).json().getString("status"));
            }

            await().until(() -> moves(shots).size() == 1 && moves(steps).size() == 1);
            assertEquals(List.of(shot.getString("id")), moves(shots));
            assertEquals(List.of(near.getString("id")), moves(steps));

            annsScreen.subscribe(subscribe("CHANNEL_SUBSCRIBE", new JsonObject().put("data.action", "run")));
            JsonObject again = move(ben, "run");
            JsonObject unseen = move(ben, "shoot");
            server.post(unseen);
            server.post(again);
            await().until(() -> moves(shots).contains(again.getString("id")));
            assertEquals(List.of(shot.getString("id"), again.getString("id")), moves(shots));
        }
    }

    @Test
    void whatAClientMayNotDoIsRefusedAndItStaysConnected() {
        try (SocketClient player = player(ann);
                SocketClient watcher = open("w-1", "spectator", inRoom)) {
            JsonObject elsewhere = move(ann, "walk");
            elsewhere.getJsonObject("data").put("roomId", "another-room");
            JsonObject result =
                    event("game:finished", new JsonObject().put("gameId", game).put("winner", ann));
            JsonObject nonsense = move(ann, "walk");
            nonsense.getJsonObject("data").put("x", "left");

            say(player, "PUBLISH_EVENT", 1, elsewhere);
            say(player, "PUBLISH_EVENT", 2, result);
            say(player, "PUBLISH_EVENT", 3, nonsense);
            say(watcher, "PUBLISH_EVENT", 4, move("w-1", "walk"));
            player.send("{\"type\":\"CHANNEL_SUBSCRIBE\",\"id\":5,\"stream\":\"room:another-room\"}");
            player.send("{\"type\":\"CHANNEL_SUBSCRIBE\",\"id\":6,\"stream\":\"player:" + ben + "\"}");

            await().until(() -> error(player, 6) != null && error(watcher, 4) != null && error(player, 3) != null);
            for (int id : new int[] {1, 2, 5, 6}) {
                await().until(() -> error(player, id) != null);
                assertEquals("permission_denied", error(player, id).getString("code"));
            }
            assertEquals("invalid_event", error(player, 3).getString("code"));
            assertEquals("permission_denied", error(watcher, 4).getString("code"));
            assertTrue(player.isOpen() && watcher.isOpen());
        }
    }

    @Test
    void resultsOfAnInterruptionAreThereAfterwards() {
        try (SocketClient bensScreen = player(ben)) {
            ApiClient server = pipeline.api("game-server", "referee");
            JsonObject first = event("game:started", started());
            JsonObject missed =
                    event("game:finished", new JsonObject().put("gameId", game).put("winner", ann));
            server.post(first);
            await().until(() -> bensScreen.log(inGame).has(first.getString("id")));

            bensScreen.drop();
            server.post(missed);
            bensScreen.resume(pipeline.broadcast().uri("/api/ws"));

            await().until(() -> bensScreen.log(inGame).has(missed.getString("id")));
            assertEquals(
                    List.of(first.getString("id"), missed.getString("id")),
                    bensScreen.log(inGame).ids());
            assertEquals(List.of(), bensScreen.log(inGame).faults());
        }
    }

    @Test
    void joinsAndLeavesAreSentToTheRoom() {
        try (SocketClient annsScreen = player(ann)) {
            try (SocketClient bensScreen = player(ben)) {
                await().until(() -> told(annsScreen, "room:joined").contains(ben));
            }
            await().atMost(Duration.ofSeconds(20))
                    .until(() -> told(annsScreen, "room:left").contains(ben));
        }
    }

    private List<String> told(SocketClient client, String type) {
        return client.log(inRoom).messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> type.equals(event.getString("type")))
                .map(event -> event.getJsonObject("data").getString("playerId"))
                .toList();
    }

    private static List<String> moves(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> "move:made".equals(event.getString("type")))
                .map(event -> event.getString("id"))
                .toList();
    }

    private static JsonObject message(StreamLog log, String id) {
        return log.messages().get(log.ids().indexOf(id));
    }

    private static JsonObject error(SocketClient client, int id) {
        return client.others().stream()
                .filter(message -> "error".equals(message.getString("type")))
                .filter(message -> Integer.valueOf(id).equals(message.getValue("id")))
                .findFirst()
                .orElse(null);
    }

    private static void say(SocketClient client, String type, int id, JsonObject event) {
        client.send(new JsonObject()
                .put("type", type)
                .put("id", id)
                .put("event", event)
                .encode());
    }

    private JsonObject subscribe(String type, JsonObject filter) {
        return new JsonObject().put("type", type).put("stream", inRoom).put("filter", filter);
    }

    private JsonObject move(String player, String action) {
        return event(
                "move:made",
                new JsonObject().put("roomId", room).put("playerId", player).put("action", action));
    }

    private JsonObject started() {
        return new JsonObject()
                .put("gameId", game)
                .put("roomId", room)
                .put("players", new JsonArray().add(ann).add(ben));
    }

    private static JsonObject event(String type, JsonObject data) {
        return ApiClient.event(Shop.unique("e"), type, data);
    }

    private List<String> history(String user, String stream) {
        List<JsonObject> events = api(user).history(stream, null, 100).json().getJsonArray("events").stream()
                .map(JsonObject.class::cast)
                .toList();
        return Shop.eventIds(events);
    }

    private SocketClient player(String user) {
        return open(user, "player", "player:" + user, inRoom, inGame);
    }

    /** A client whose streams, all of them, are subscribed: an event published from now on reaches it. */
    private SocketClient open(String user, String role, String... followed) {
        SocketClient client = SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user, role), followed);
        for (String stream : followed) {
            await().until(() -> client.log(stream).subscribedAt() != null);
        }
        return client;
    }

    private ApiClient api(String user) {
        return new ApiClient(pipeline.front().uri("/"), token(user, "player"));
    }

    private String token(String user, String role) {
        JsonObject keys =
                new JsonObject().put("rooms", new JsonArray().add(room)).put("games", new JsonArray().add(game));
        return pipeline.signer().token(user, keys, role);
    }
}
