package io.millrace.services.game;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.bus.ServiceBus;
import io.millrace.services.game.arena.Arena;
import io.millrace.services.game.arena.ArenaResults;
import io.millrace.services.game.arena.ArenaRules;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The game's logic: it is asked about each action before anybody sees it, and publishes what comes of it. All of its state is
 * in Redis, so any number of instances may run. {@code conf/demo/game/domains/arena.yaml} names it as a handler.
 */
public final class GameService extends VerticleBase {
    /** As the pack has it. */
    public static final String ADDRESS = "service.game.arena";

    private static final Logger LOG = LoggerFactory.getLogger(GameService.class);
    private static final int CONNECTIONS = 4;
    private static final int WAITING = 1_000;
    private static final long POLL_MS = 200;
    /** Below the 500 ms that Millrace waits for a handler. */
    private static final Duration UNANSWERED = Duration.ofMillis(400);
    /** What would make an action happen that others don't see. */
    private static final List<String> HIDING = List.of("target", "exclude", "expiresAt");

    private final String redisUri;
    private final Supplier<String> token;
    private final ArenaRules rules;
    private final Clock clock;
    private final Duration unanswered;
    private @Nullable ServiceBus bus;
    private @Nullable Redis redis;
    private long timer = -1;
    private boolean polling;

    /** @param token publishes with the role {@code referee} */
    public GameService(String redisUri, Supplier<String> token, ArenaRules rules, Clock clock) {
        this(redisUri, token, rules, clock, UNANSWERED);
    }

    /** @param unanswered how long Redis has for an answer */
    GameService(String redisUri, Supplier<String> token, ArenaRules rules, Clock clock, Duration unanswered) {
        this.redisUri = redisUri;
        this.token = token;
        this.rules = rules;
        this.clock = clock;
        this.unanswered = unanswered;
    }

    @Override
    public Future<?> start() {
        Redis client = Redis.createClient(
                vertx,
                new RedisOptions()
                        .setConnectionString(redisUri)
                        .setMaxPoolSize(CONNECTIONS)
                        .setMaxPoolWaiting(WAITING));
        redis = client;
        ServiceBus addresses = new ServiceBus(vertx, token);
        bus = addresses;
        Arena arena = new Arena(client, rules, clock, unanswered);
        ArenaResults results = new ArenaResults(arena, addresses);
        timer = vertx.setPeriodic(POLL_MS, fired -> poll(arena, results));
        return addresses.judge(ADDRESS, event -> judge(arena, results, event));
    }

    private static Future<@Nullable JsonObject> judge(Arena arena, ArenaResults results, JsonObject event) {
        JsonObject metadata = event.getJsonObject("metadata", new JsonObject());
        for (String member : HIDING) {
            if (metadata.containsKey(member)) {
                return Future.<@Nullable JsonObject>failedFuture(new RejectedException(
                        "metadata." + member + " is not allowed: everybody in the room sees what you do"));
            }
        }
        return arena.act(event)
                .recover(error -> {
                    LOG.debug("Redis doesn't answer", error);
                    return Future.failedFuture(new IllegalStateException("the arena can't be reached; try again"));
                })
                .<@Nullable JsonObject>compose(verdict -> {
                    if (verdict.denied() != null) {
                        return Future.<@Nullable JsonObject>failedFuture(new RejectedException(verdict.denied()));
                    }
                    if (verdict.unsent()) {
                        // Not waited for: the player's action doesn't depend on it.
                        var unused = results.publish(event.getJsonObject("data").getString("roomId"));
                    }
                    return Future.<@Nullable JsonObject>succeededFuture(verdict.data());
                });
    }

    /** Ends the rounds whose time is over, and publishes what couldn't be before. */
    private void poll(Arena arena, ArenaResults results) {
        if (polling) {
            return;
        }
        polling = true;
        Future<?> behind =
                Future.join(results.behind().stream().map(results::publish).toList());
        behind.compose(done -> arena.due())
                .compose(rooms -> Future.join(rooms.stream()
                        .map(room -> arena.end(room).compose(ended -> results.publish(room)))
                        .toList()))
                .onComplete(done -> {
                    polling = false;
                    if (done.failed()) {
                        LOG.debug("the rounds couldn't be looked at", done.cause());
                    }
                });
    }

    @Override
    public Future<?> stop() {
        vertx.cancelTimer(timer);
        return (bus == null ? Future.succeededFuture() : bus.close())
                .eventually(() -> redis == null ? Future.succeededFuture() : redis.close());
    }
}
