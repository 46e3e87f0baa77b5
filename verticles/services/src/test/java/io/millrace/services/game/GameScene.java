package io.millrace.services.game;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.services.game.arena.ArenaRules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The game's logic with a real Redis, in a room and a time of each test's own; and what players do there. */
@SuppressWarnings("NullAway.Init")
abstract class GameScene {
    static final ArenaRules RULES = ArenaRules.STANDARD;
    private static final AtomicLong NUMBERS = new AtomicLong();

    @TempDir
    static Path directory;

    static EmbeddedRedis redis;

    final Vertx vertx = Vertx.vertx();
    String deployed;
    final String room = "r" + NUMBERS.incrementAndGet();
    final AtomicLong now = new AtomicLong(1_800_000_000_000L);
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(now.get());
        }
    };

    @BeforeAll
    static void startRedis() throws Exception {
        redis = EmbeddedRedis.start(directory, 0);
    }

    @BeforeEach
    void start() throws Exception {
        // The timers of all rooms are in one place, and each test has its own time.
        await(Redis.createClient(vertx, redis.uri()).send(Request.cmd(Command.FLUSHALL)));
        deploy();
    }

    @AfterEach
    void stop() throws Exception {
        await(vertx.close());
    }

    @AfterAll
    static void stopRedis() {
        redis.close();
    }

    void deploy() throws Exception {
        deployed = await(vertx.deployVerticle(
                new GameService(redis.uri(), () -> "the-token", RULES, clock, Duration.ofSeconds(10))));
    }

    // ── What the players do ──────────────────────────────────────────────────────────────────────────────────────────

    /** Ann and Ben, in range of each other. */
    void duel() throws Exception {
        enter("ann");
        enter("ben");
        JsonObject ann = place("ann");
        JsonObject ben = place("ben");
        while (ben.getDouble("x") - ann.getDouble("x") > RULES.range() - 50) {
            now.addAndGet(1_000);
            move("ann", ann.getDouble("x") + 140, ann.getDouble("y"));
            move("ben", ben.getDouble("x") - 140, ben.getDouble("y"));
            ann = place("ann");
            ben = place("ben");
        }
        while (Math.abs(ben.getDouble("y") - ann.getDouble("y")) > 100) {
            now.addAndGet(1_000);
            move(
                    "ann",
                    ann.getDouble("x"),
                    ann.getDouble("y") + Math.signum(ben.getDouble("y") - ann.getDouble("y")) * 90);
            ann = place("ann");
        }
    }

    void stay(String player) throws Exception {
        JsonObject place = place(player);
        move(player, place.getDouble("x"), place.getDouble("y"));
    }

    /** Where a player is, as Redis has it. */
    JsonObject place(String player) throws Exception {
        Response found =
                send(Request.cmd(Command.HGET).arg("arena:" + room + ":players").arg(player));
        JsonObject state = new JsonObject(found.toString());
        return new JsonObject().put("x", state.getDouble("x")).put("y", state.getDouble("y"));
    }

    Response send(Request request) throws Exception {
        return await(Redis.createClient(vertx, redis.uri()).send(request));
    }

    void kill(String who, String whom) throws Exception {
        JsonObject target = place(whom);
        boolean killed = false;
        while (!killed) {
            now.addAndGet(RULES.load().toMillis());
            killed = shoot(who, target.getDouble("x"), target.getDouble("y")).getBoolean("killed") != null;
        }
    }

    JsonObject enter(String player) throws Exception {
        return await(ask("arena:entered", player, 0, 0, "e" + NUMBERS.incrementAndGet()))
                .body()
                .getJsonObject("data");
    }

    JsonObject move(String player, double x, double y) throws Exception {
        return await(ask("arena:moved", player, x, y, "e" + NUMBERS.incrementAndGet()))
                .body()
                .getJsonObject("data");
    }

    JsonObject shoot(String player, double x, double y) throws Exception {
        return await(ask("arena:shot", player, x, y, "e" + NUMBERS.incrementAndGet()))
                .body()
                .getJsonObject("data");
    }

    String denied(String type, String player, double x, double y) throws Exception {
        String reason = failure(ask(type, player, x, y, "e" + NUMBERS.incrementAndGet()));
        assertFalse(reason.isEmpty(), "it was allowed");
        return reason;
    }

    /** Why an action was denied for good; empty if it wasn't. */
    static String failure(Future<Message<JsonObject>> answer) throws Exception {
        try {
            await(answer);
            return "";
        } catch (ExecutionException failed) {
            ReplyException reply = assertInstanceOf(ReplyException.class, failed.getCause());
            assertEquals(422, reply.failureCode(), reply::getMessage);
            return String.valueOf(reply.getMessage());
        }
    }

    Future<Message<JsonObject>> ask(String type, String player, double x, double y, String id) {
        return ask(type, player, x, y, id, new JsonObject());
    }

    Future<Message<JsonObject>> ask(String type, String player, double x, double y, String id, JsonObject metadata) {
        JsonObject event = new JsonObject()
                .put("id", id)
                .put("type", type)
                .put("source", player)
                .put("publisher", player)
                .put("metadata", metadata)
                .put(
                        "data",
                        new JsonObject()
                                .put("roomId", room)
                                .put("playerId", player)
                                .put("x", x)
                                .put("y", y));
        return vertx.eventBus().request(GameService.ADDRESS, event);
    }
}
