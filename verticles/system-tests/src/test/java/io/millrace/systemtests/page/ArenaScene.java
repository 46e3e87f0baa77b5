package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.bus.ClusterMember;
import io.millrace.services.game.GameService;
import io.millrace.services.game.arena.ArenaRules;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The demo {@code game} on a pipeline of its own, with Ann and Ben in a room of each test's own. */
abstract class ArenaScene {
    /** A small arena, in which everybody is in range from the start, and one hit is enough. */
    private static final ArenaRules RULES = new ArenaRules(
            300,
            100,
            50,
            350,
            25,
            100,
            100,
            6,
            Duration.ofMillis(100),
            Duration.ofSeconds(1),
            Duration.ofMillis(1_200),
            Duration.ofMillis(100),
            Duration.ofMinutes(1),
            5);

    static OwnServers servers;
    static Pipeline pipeline;
    static RedisAccess redis;
    static Vertx program;
    static String logic;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    final String room = Shop.unique("r");
    final String inRoom = "room:" + room;
    final String inGame = "game:" + room;
    final String ann = Shop.unique("ann");
    final String ben = Shop.unique("ben");

    @BeforeAll
    static void start() throws IOException {
        Path conf = Repository.OUTPUTS.resolve("arena-conf");
        Repository.delete(conf);
        Files.createDirectories(conf.resolve("domains"));
        for (String file : List.of("cluster.xml", "domains/game.yaml")) {
            Files.copy(Repository.CONF.resolve(file), conf.resolve(file));
        }
        Repository.copy(Repository.CONF.resolve("demo/game"), conf);
        Files.delete(conf.resolve("tokens"));
        servers = new OwnServers("arena");
        pipeline = new Pipeline(Pipeline.Layout.ONE_PROCESS, conf, Repository.OUTPUTS, servers.running(), new Ports());
        redis = new RedisAccess(servers.running().redisUri());
        System.setProperty("hazelcast.logging.type", "slf4j");
        program = joined(ClusterMember.join(pipeline.clusterName(), pipeline.members(), "127.0.0.1"));
        startLogic();
        // A node hears of another program's address some time after that has it; until then it asks for patience.
        ApiClient first = new ApiClient(pipeline.front().uri("/"), token("first", "player", "hall"));
        await().until(() -> "sent"
                .equals(first.post(action("arena:entered", "hall", "first"))
                        .json()
                        .getString("status")));
        awaitMatchmaking();
    }

    @AfterAll
    static void stop() {
        joined(program.close());
        pipeline.close();
        servers.close();
    }

    static void startLogic() {
        String token = pipeline.signer().token("arena", "referee");
        logic = joined(program.deployVerticle(
                new GameService(servers.running().redisUri(), () -> token, RULES, Clock.systemUTC())));
    }

    static void awaitMatchmaking() {
        await().until(() -> redis.ask("PUBSUB", "NUMPAT").equals(List.of("1")));
    }

    // ── What they do ─────────────────────────────────────────────────────────────────────────────────────────────────

    /** Ann on the red side, Ben on the blue one; a round begins. */
    void enterBoth(SocketClient annsScreen, SocketClient bensScreen) {
        for (SocketClient screen : List.of(annsScreen, bensScreen)) {
            String entered = act(screen, "arena:entered", new JsonObject());
            await().until(() -> bensScreen.log(inRoom).has(entered));
        }
    }

    /** From Ann's side to where Ben is. */
    String shoot(SocketClient annsScreen) {
        return act(annsScreen, "arena:shot", place(276, yOf(annsScreen, ben)));
    }

    String step(SocketClient screen, int metres) {
        String who = who(screen);
        return act(screen, "arena:moved", place((who.equals(ann) ? 24 : 276) + metres, yOf(screen, who)));
    }

    /** Where somebody entered, as a screen has seen it. */
    int yOf(SocketClient screen, String player) {
        return screen.log(inRoom).messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> event.getString("type").equals("arena:entered"))
                .map(event -> event.getJsonObject("data"))
                .filter(data -> data.getString("playerId").equals(player))
                .findFirst()
                .orElseThrow()
                .getInteger("y");
    }

    static JsonObject place(int x, int y) {
        return new JsonObject().put("x", x).put("y", y);
    }

    private String who(SocketClient screen) {
        String user = screen.last("welcome").getString("user");
        assertTrue(user.equals(ann) || user.equals(ben));
        return user;
    }

    String act(SocketClient screen, String type, JsonObject data) {
        return act(screen, room, type, data);
    }

    /** Returns the event's id, which is the message's, too. */
    String act(SocketClient screen, String where, String type, JsonObject data) {
        JsonObject event = action(type, where, who(screen));
        event.getJsonObject("data").mergeIn(data);
        String id = event.getString("id");
        screen.send(new JsonObject()
                .put("type", "publish")
                .put("id", id)
                .put("event", event)
                .encode());
        return id;
    }

    /** Again and again until it is allowed. */
    String retried(SocketClient screen, String type, JsonObject data) {
        String[] last = new String[1];
        await().until(() -> {
            last[0] = act(screen, type, data);
            await().until(() -> answer(screen, last[0]) != null);
            return answer(screen, last[0]).getString("type").equals("published");
        });
        return last[0];
    }

    static JsonObject action(String type, String where, String player) {
        return ApiClient.event(
                "e" + NUMBERS.incrementAndGet(),
                type,
                new JsonObject().put("roomId", where).put("playerId", player));
    }

    /** The words in which an action is denied. */
    static String denied(SocketClient screen, String id, String code) {
        await().until(() -> answer(screen, id) != null);
        JsonObject answer = answer(screen, id);
        assertEquals(code, answer.getString("code"), answer::encode);
        return answer.getString("message");
    }

    private static JsonObject answer(SocketClient screen, String id) {
        return screen.others().stream()
                .filter(message -> id.equals(message.getValue("id")))
                .findFirst()
                .orElse(null);
    }

    void filter(SocketClient screen, JsonObject filter) {
        screen.subscribe(new JsonObject()
                .put("type", "CHANNEL_SUBSCRIBE")
                .put("stream", inRoom)
                .put("filter", filter));
        assertNull(screen.last("error"));
    }

    void publish(JsonObject message) {
        assertEquals(
                List.of("1"),
                redis.ask("PUBLISH", "match." + room, message.put("room", room).encode()));
    }

    // ── What is there ────────────────────────────────────────────────────────────────────────────────────────────────

    static List<String> types(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data").getString("type"))
                .toList();
    }

    JsonObject game() {
        return api().entity("game", room + "?stream=" + inGame).json().getJsonObject("state");
    }

    List<String> history() {
        return Shop.eventIds(api().history(inRoom, null, 100).json().getJsonArray("events").stream()
                .map(JsonObject.class::cast)
                .toList());
    }

    private ApiClient api() {
        return new ApiClient(pipeline.front().uri("/"), token(ann, "player", room));
    }

    SocketClient player(String user) {
        return player(user, room);
    }

    /** A client whose streams, all of them, are subscribed by the server itself. */
    static SocketClient player(String user, String where) {
        String[] followed = {"player:" + user, "room:" + where, "game:" + where};
        SocketClient client =
                SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user, "player", where), followed);
        for (String stream : followed) {
            await().until(() -> client.log(stream).subscribedAt() != null);
        }
        return client;
    }

    static String token(String user, String role, String where) {
        JsonObject keys =
                new JsonObject().put("rooms", new JsonArray().add(where)).put("games", new JsonArray().add(where));
        return pipeline.signer().token(user, keys, role);
    }

    static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
