package io.millrace.services.game.arena;

import io.millrace.services.bus.EventId;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * The rooms as they stand, in one Redis. An action is judged and done by one script, so that of two at once, at whichever
 * instances of the service, one comes first; what it comes to is noted in the same step and stays until it is published.
 * Safe from any thread.
 */
public final class Arena {
    private static final String PREFIX = "arena:";
    private static final String TIMERS = PREFIX + "timers";
    private static final int PAGE = 100;
    private static final Map<String, String> KINDS =
            Map.of("arena:entered", "enter", "arena:moved", "move", "arena:shot", "shoot");

    private final Redis redis;
    private final String rules;
    private final Clock clock;
    private final long unansweredMs;
    private final String act = script("arena-act.lua");
    private final String end = script("arena-end.lua");

    /** @param unanswered how long Redis has for an answer */
    public Arena(Redis redis, ArenaRules rules, Clock clock, Duration unanswered) {
        this.redis = redis;
        this.rules = rules.encode();
        this.clock = clock;
        this.unansweredMs = unanswered.toMillis();
    }

    /**
     * What came of an action.
     *
     * @param denied why it isn't allowed, for the player; null if it is
     * @param data what the logic adds to the event; null if it is denied
     * @param unsent whether results wait to be published
     */
    public record Verdict(@Nullable String denied, @Nullable JsonObject data, boolean unsent) {}

    /**
     * Judges an action and does it. Fails if Redis doesn't answer; then it may have been done, and is allowed when it comes
     * again: a shot is answered as it was, a step leads nowhere.
     *
     * @param event {@code arena:entered}, {@code arena:moved} or {@code arena:shot}
     */
    public Future<Verdict> act(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String room = data.getString("roomId");
        String id = EventId.of(event.getString("source"), event.getString("id"));
        String action = new JsonObject()
                .put("id", id)
                // Nothing is allowed because something else with its id was.
                .put("content", EventId.of(data.encode()))
                .put("room", room)
                .put("player", data.getString("playerId"))
                .put("kind", KINDS.get(event.getString("type")))
                .put("x", data.getNumber("x"))
                .put("y", data.getNumber("y"))
                .encode();
        Request request = eval(
                        act,
                        key(room, "round"),
                        key(room, "players"),
                        key(room, "scores"),
                        key(room, "answer:" + id),
                        key(room, "results"),
                        TIMERS)
                .arg(rules)
                .arg(action)
                .arg(clock.millis());
        return send(request).map(answer -> {
            JsonObject verdict = new JsonObject(answer.toString());
            return new Verdict(
                    verdict.getString("denied"), verdict.getJsonObject("data"), verdict.getBoolean("unsent", false));
        });
    }

    /** The rooms whose timer is due; a page of them. */
    public Future<List<String>> due() {
        return send(Request.cmd(Command.ZRANGEBYSCORE)
                        .arg(TIMERS)
                        .arg("-inf")
                        .arg(clock.millis())
                        .arg("LIMIT")
                        .arg(0)
                        .arg(PAGE))
                .map(rooms -> StreamSupport.stream(rooms.spliterator(), false)
                        .map(Response::toString)
                        .toList());
    }

    /** Ends a room's round if its time is over and somebody leads. */
    public Future<Void> end(String room) {
        Request request = eval(
                        end,
                        key(room, "round"),
                        key(room, "players"),
                        key(room, "scores"),
                        key(room, "totals"),
                        key(room, "results"),
                        TIMERS)
                .arg(rules)
                .arg(room)
                .arg(clock.millis());
        return send(request).mapEmpty();
    }

    /** What is to be published next of a room; null if there is nothing. */
    public Future<@Nullable String> nextResult(String room) {
        return redis.send(Request.cmd(Command.LINDEX).arg(key(room, "results")).arg(0))
                .<@Nullable String>map(found -> found == null ? null : found.toString())
                .timeout(unansweredMs, TimeUnit.MILLISECONDS);
    }

    /** It is published, or never will be. */
    public Future<Void> forgetResult(String room, String result) {
        return send(Request.cmd(Command.LREM).arg(key(room, "results")).arg(1).arg(result))
                .mapEmpty();
    }

    private Future<Response> send(Request request) {
        return redis.send(request).timeout(unansweredMs, TimeUnit.MILLISECONDS);
    }

    private static Request eval(String script, String... keys) {
        Request request = Request.cmd(Command.EVAL).arg(script).arg(keys.length);
        for (String key : keys) {
            request.arg(key);
        }
        return request;
    }

    private static String key(String room, String what) {
        return PREFIX + room + ":" + what;
    }

    private static String script(String resource) {
        try (InputStream script = Arena.class.getResourceAsStream("/" + resource)) {
            if (script == null) {
                throw new IllegalArgumentException("there is no resource " + resource);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
