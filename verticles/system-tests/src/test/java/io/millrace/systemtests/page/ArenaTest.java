package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
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
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The demo {@code game} as its document draws it: the game's logic is a service with its state in Redis, which is asked about
 * each action; a server that knows nothing of Millrace publishes on Redis, and another program listens there.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("ArenaTest")
@Order(60)
final class ArenaTest {
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

    private static OwnServers servers;
    private static Pipeline pipeline;
    private static RedisAccess redis;
    private static Vertx program;
    private static String logic;
    private static final AtomicInteger NUMBERS = new AtomicInteger();

    private final String room = Shop.unique("r");
    private final String inRoom = "room:" + room;
    private final String inGame = "game:" + room;
    private final String ann = Shop.unique("ann");
    private final String ben = Shop.unique("ben");

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

    private static void startLogic() {
        String token = pipeline.signer().token("arena", "referee");
        logic = joined(program.deployVerticle(
                new GameService(servers.running().redisUri(), () -> token, RULES, Clock.systemUTC())));
    }

    private static void awaitMatchmaking() {
        await().until(() -> redis.ask("PUBSUB", "NUMPAT").equals(List.of("1")));
    }

    @Test
    void anActionIsJudgedAndTheRoomIsSentItWithWhatCameOfIt() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            await().until(() -> types(bensScreen.log(inGame)).contains("game:started"));

            String shot = shoot(annsScreen);

            for (SocketClient screen : List.of(annsScreen, bensScreen)) {
                await().until(() -> screen.log(inRoom).has(shot));
            }
            JsonObject message = bensScreen.log(inRoom).message(shot);
            assertNotNull(message.getString("position"), "a shot is kept");
            JsonObject data = message.getJsonObject("data").getJsonObject("data");
            assertEquals(ben, data.getString("hit"));
            assertEquals("red", data.getString("team"));
            assertEquals(true, data.getBoolean("killed"));
            await().until(() -> types(bensScreen.log(inGame)).contains("game:scored"));
            assertEquals(1, game().getJsonObject("scores").getInteger(ann));

            // The round's time ends, and Ann leads.
            await().until(() -> types(bensScreen.log(inGame)).contains("game:finished"));
            assertEquals(ann, game().getString("winner"));
            await().until(() -> types(annsScreen.log("player:" + ann)).contains("player:rewarded"));
            assertEquals(List.of(), bensScreen.log("player:" + ben).ids());
        }
    }

    @Test
    void aCheatIsDeniedWithItsReasonAndNobodySeesOrKeepsIt() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);

            String first = shoot(annsScreen);
            String leap = act(annsScreen, "arena:moved", place(280, 50));
            String second = shoot(annsScreen);
            String spoofed =
                    act(annsScreen, "arena:shot", place(280, 50).put("hit", ben).put("killed", true));
            String another = act(annsScreen, "arena:moved", place(30, 50).put("playerId", ben));
            assertTrue(denied(annsScreen, leap, "rejected").startsWith("too far: 256 m at once, when "));
            assertTrue(denied(annsScreen, second, "rejected").startsWith("too soon: you may shoot again in "));
            assertTrue(denied(annsScreen, spoofed, "rejected").startsWith("too soon"));
            denied(annsScreen, another, "permission_denied");

            String allowed = act(bensScreen, "chat:said", new JsonObject().put("text", "who was that?"));
            await().until(() -> bensScreen.log(inRoom).has(allowed)
                    && bensScreen.log(inRoom).has(first));
            for (String id : List.of(leap, second, spoofed, another)) {
                assertFalse(bensScreen.log(inRoom).has(id));
                assertFalse(history().contains(id));
            }
            assertTrue(history().contains(first));
            assertTrue(annsScreen.isOpen());
        }
    }

    @Test
    void aServerOfAnotherMakeReachesTheRoomAndOnePlayerByPublishingOnRedis() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            publish(new JsonObject().put("event", "announced").put("text", "a new map"));
            publish(new JsonObject().put("event", "invited").put("player", ann));

            for (SocketClient screen : List.of(annsScreen, bensScreen)) {
                await().until(() -> types(screen.log(inRoom)).contains("arena:announced"));
            }
            await().until(() -> types(annsScreen.log("player:" + ann)).contains("player:invited"));
            assertEquals(List.of(), bensScreen.log("player:" + ben).ids());
        }
    }

    @Test
    void eachSeesTheRoomThroughAFilterThatMayBeChangedWhileItIsPlayed() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            StreamLog watched = annsScreen.log(inRoom);
            filter(annsScreen, new JsonObject().put("data.team", "red"));
            String blue = step(bensScreen, 1);
            String red = step(annsScreen, 1);
            await().until(() -> bensScreen.log(inRoom).has(blue) && watched.has(red));
            assertFalse(watched.has(blue));

            filter(annsScreen, new JsonObject().put("data.hit", new JsonObject().put("exists", true)));
            String unseen = step(annsScreen, 2);
            String miss = act(bensScreen, "arena:shot", place(300, 0));
            await().until(() -> bensScreen.log(inRoom).has(miss));
            String hit = shoot(annsScreen);
            await().until(() -> watched.has(hit));
            assertTrue(bensScreen.log(inRoom).has(unseen));
            assertFalse(watched.has(unseen) || watched.has(miss));
        }
    }

    @Test
    void whatWasKeptWhileAPlayerWasAwayForAMomentComesOnceTheyAreBack() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            String before = act(bensScreen, "arena:shot", place(300, 0));
            await().until(() -> bensScreen.log(inRoom).has(before));

            bensScreen.drop();
            String missed = shoot(annsScreen);
            await().until(() -> annsScreen.log(inRoom).has(missed));
            bensScreen.resume(pipeline.broadcast().uri("/api/ws"));

            await().until(() -> bensScreen.log(inRoom).has(missed));
            assertEquals(List.of(), bensScreen.log(inRoom).faults());
            assertEquals(
                    1,
                    bensScreen.log(inRoom).ids().stream().filter(missed::equals).count());
        }
    }

    @Test
    void aProgramThatListensOnRedisGetsTheShotsOfTheRoom() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable listening = redis.listen("arena.arena-1.*", heard::add);
                SocketClient annsScreen = player(ann, "arena-1");
                SocketClient bensScreen = player(ben, "arena-1")) {
            assertNotNull(listening);
            act(annsScreen, "arena-1", "arena:entered", new JsonObject());
            act(bensScreen, "arena-1", "arena:entered", new JsonObject());
            await().until(() -> types(bensScreen.log("game:arena-1")).contains("game:started"));
            String shot = act(annsScreen, "arena-1", "arena:shot", place(276, 50));
            await().until(() -> heard.size() == 1);
            assertEquals(
                    shot, new JsonObject(heard.get(0)).getJsonObject("data").getString("id"));
        }
        awaitMatchmaking();
    }

    @Test
    void whileTheLogicIsGoneAPlayerIsToldAndTheSameActionIsTakenOnceItIsBack() {
        try (SocketClient annsScreen = player(ann)) {
            act(annsScreen, "arena:entered", new JsonObject());
            joined(program.undeploy(logic));
            String move = act(annsScreen, "arena:entered", new JsonObject());
            denied(annsScreen, move, "unavailable");
            assertTrue(annsScreen.isOpen());

            startLogic();
            String again = retried(annsScreen, "arena:entered", new JsonObject());
            await().until(() -> annsScreen.log(inRoom).has(again));
        }
    }

    @Test
    void whileRedisIsGoneThePlayersAreToldAndTheRoomGoesOn() throws IOException {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            servers.running().redis().stop();
            String move = step(annsScreen, 1);
            assertEquals("the arena can't be reached; try again", denied(annsScreen, move, "unavailable"));
            String said = act(bensScreen, "chat:said", new JsonObject().put("text", "still there?"));
            await().until(() -> annsScreen.log(inRoom).has(said));

            servers.running().redis().restart();
            // It comes back empty: the arena is entered anew.
            String entered = retried(annsScreen, "arena:entered", new JsonObject());
            await().until(() -> bensScreen.log(inRoom).has(entered));
            awaitMatchmaking();
            publish(new JsonObject().put("event", "announced").put("text", "welcome back"));
            await().until(() -> types(bensScreen.log(inRoom)).contains("arena:announced"));
        }
    }

    @Test
    void aPageShowsTheRoomAndItsReaderPlaysAndIsToldWhyNot() throws IOException {
        try (SocketClient bensScreen = player(ben)) {
            act(bensScreen, "arena:entered", new JsonObject());
            await().until(() -> !bensScreen.log(inRoom).ids().isEmpty());
            Browser browser = Browser.start();
            try {
                browser.open(pipeline.broadcast()
                        .uri("/game#token=" + token(ann, "player", room))
                        .toString());
                await().until(() -> shown(browser) == 1);
                act(bensScreen, "arena:moved", place(26, yOf(bensScreen, ben)));
                await().until(() -> shown(browser) == 2);
                await().until(() -> browser.text("room").equals("Room " + room + ", round 1"));

                browser.click("cheat");
                await().until(() -> browser.text("said").startsWith("Denied: too far: "));
                browser.click("shoot");
                await().until(() -> browser.text("hits").contains(ann + " beats " + ben));
                await().until(() -> browser.text("scores").startsWith(ann + " (you), blue"));
                publish(new JsonObject().put("event", "announced").put("text", "a new map"));
                await().until(() -> browser.text("news").contains("a new map"));

                browser.click("only-team");
                await().until(() -> shown(browser) == 1);
                browser.resize(360, 740);
                await().until(() -> browser.evaluate("return innerWidth").equals(360L));
                assertEquals(
                        0L,
                        browser.evaluate(
                                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
                assertEquals(List.of(), browser.scriptErrors());
            } finally {
                browser.close();
            }
        }
    }

    private static long shown(Browser browser) {
        return (Long) browser.evaluate("return document.querySelectorAll('[data-testid=player]').length");
    }

    // ── What they do ─────────────────────────────────────────────────────────────────────────────────────────────────

    /** Ann on the red side, Ben on the blue one; a round begins. */
    private void enterBoth(SocketClient annsScreen, SocketClient bensScreen) {
        for (SocketClient screen : List.of(annsScreen, bensScreen)) {
            String entered = act(screen, "arena:entered", new JsonObject());
            await().until(() -> bensScreen.log(inRoom).has(entered));
        }
    }

    /** From Ann's side to where Ben is. */
    private String shoot(SocketClient annsScreen) {
        return act(annsScreen, "arena:shot", place(276, yOf(annsScreen, ben)));
    }

    private String step(SocketClient screen, int metres) {
        String who = who(screen);
        return act(screen, "arena:moved", place((who.equals(ann) ? 24 : 276) + metres, yOf(screen, who)));
    }

    /** Where somebody entered, as a screen has seen it. */
    private int yOf(SocketClient screen, String player) {
        return screen.log(inRoom).messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(event -> event.getString("type").equals("arena:entered"))
                .map(event -> event.getJsonObject("data"))
                .filter(data -> data.getString("playerId").equals(player))
                .findFirst()
                .orElseThrow()
                .getInteger("y");
    }

    private static JsonObject place(int x, int y) {
        return new JsonObject().put("x", x).put("y", y);
    }

    private String who(SocketClient screen) {
        String user = screen.last("welcome").getString("user");
        assertTrue(user.equals(ann) || user.equals(ben));
        return user;
    }

    private String act(SocketClient screen, String type, JsonObject data) {
        return act(screen, room, type, data);
    }

    /** Returns the event's id, which is the message's, too. */
    private String act(SocketClient screen, String where, String type, JsonObject data) {
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
    private String retried(SocketClient screen, String type, JsonObject data) {
        String[] last = new String[1];
        await().until(() -> {
            last[0] = act(screen, type, data);
            await().until(() -> answer(screen, last[0]) != null);
            return answer(screen, last[0]).getString("type").equals("published");
        });
        return last[0];
    }

    private static JsonObject action(String type, String where, String player) {
        return ApiClient.event(
                "e" + NUMBERS.incrementAndGet(),
                type,
                new JsonObject().put("roomId", where).put("playerId", player));
    }

    /** The words in which an action is denied. */
    private static String denied(SocketClient screen, String id, String code) {
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

    private void filter(SocketClient screen, JsonObject filter) {
        screen.subscribe(new JsonObject()
                .put("type", "CHANNEL_SUBSCRIBE")
                .put("stream", inRoom)
                .put("filter", filter));
        assertNull(screen.last("error"));
    }

    private void publish(JsonObject message) {
        assertEquals(
                List.of("1"),
                redis.ask("PUBLISH", "match." + room, message.put("room", room).encode()));
    }

    // ── What is there ────────────────────────────────────────────────────────────────────────────────────────────────

    private static List<String> types(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data").getString("type"))
                .toList();
    }

    private JsonObject game() {
        return api().entity("game", room + "?stream=" + inGame).json().getJsonObject("state");
    }

    private List<String> history() {
        return Shop.eventIds(api().history(inRoom, null, 100).json().getJsonArray("events").stream()
                .map(JsonObject.class::cast)
                .toList());
    }

    private ApiClient api() {
        return new ApiClient(pipeline.front().uri("/"), token(ann, "player", room));
    }

    private SocketClient player(String user) {
        return player(user, room);
    }

    /** A client whose streams, all of them, are subscribed by the server itself. */
    private static SocketClient player(String user, String where) {
        String[] followed = {"player:" + user, "room:" + where, "game:" + where};
        SocketClient client =
                SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user, "player", where), followed);
        for (String stream : followed) {
            await().until(() -> client.log(stream).subscribedAt() != null);
        }
        return client;
    }

    private static String token(String user, String role, String where) {
        JsonObject keys =
                new JsonObject().put("rooms", new JsonArray().add(where)).put("games", new JsonArray().add(where));
        return pipeline.signer().token(user, keys, role);
    }

    private static <T> T joined(Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }
}
