package io.millrace.cache.entity;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.cache.CacheSettings;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.redis.RedisScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisAPI;
import io.vertx.redis.client.RedisCluster;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Entities in Redis: a hash {@code mr:entity:{kind}:{stream}:{id}} of version, state and position
 * ({@code position stream}), with a time to live. A write never replaces a newer version. Owned by the cache verticle's
 * event loop.
 */
public final class RedisCache {
    /**
     * Compares and sets each key atomically. A batch is one call, since the overhead of a call costs more than its
     * work, but for a cluster. Foreign or invalid values are replaced like older ones.
     */
    private static final String PUT_IF_NEWER = "for i, key in ipairs(KEYS) do local at = i * 3 "
            + "local known = redis.pcall('HMGET', key, 'version', 'state') "
            + "local v, new = not known.err and tonumber(known[1] or 0), tonumber(ARGV[at]) "
            + "if not v or ARGV[2] == 'always' or v < new or (v == new and known[2] == '') then "
            + "if not v then redis.call('DEL', key) end "
            + "redis.call('HSET', key, 'version', ARGV[at], 'state', ARGV[at + 1], 'at', ARGV[at + 2]) "
            + "redis.call('PEXPIRE', key, ARGV[1]) end end";

    private final Vertx vertx;
    private final Redis redis;
    private final RedisAPI api;
    private final CacheSettings settings;
    private final Breaker breaker;
    private final RedisScript script;

    public RedisCache(Vertx vertx, CacheSettings settings, MeterRegistry metrics) {
        this.vertx = vertx;
        this.settings = settings;
        this.breaker = new Breaker("cache", "redis", settings.breaker(), metrics);
        this.redis = Redis.createClient(
                vertx, settings.redis().options().setMaxPoolSize(4).setMaxWaitingHandlers(10_000));
        this.api = RedisAPI.api(redis);
        this.script = new RedisScript(redis, settings.redis().isCluster(), PUT_IF_NEWER);
    }

    /** A kind has no colon, and those of a stream are escaped as in a URL, so two entities never share a key. */
    static String key(EntityRef ref) {
        String stream = ref.stream().replace("%", "%25").replace(":", "%3A");
        return "mr:entity:" + ref.kind() + ":" + stream + ":" + ref.id();
    }

    /** Null if Redis doesn't have the entity; fails if Redis doesn't answer in time. */
    public Future<@Nullable EntityState> get(EntityRef ref) {
        return ask(() -> api.hmget(List.of(key(ref), "version", "state", "at"))
                        .map(Optional::of)
                        .otherwise(RedisCache::another))
                .<@Nullable EntityState>map(
                        found -> found.map(fields -> read(ref, fields)).orElse(null));
    }

    /** A value that isn't a hash is a foreign one; Redis itself works. */
    private static Optional<Response> another(Throwable error) {
        String why = String.valueOf(error.getMessage());
        if (why.startsWith("WRONGTYPE")) {
            return Optional.empty();
        }
        throw new MillraceException(Failure.UNAVAILABLE, why);
    }

    /** Writes the entities that are newer than the stored ones; one without a state only marks a newer version. */
    Future<Void> put(List<EntityState> states) {
        return put(states, "newer");
    }

    /** Writes an entity, whichever version is stored. */
    Future<Void> replace(EntityState state) {
        return put(List.of(state), "always");
    }

    private Future<Void> put(List<EntityState> states, String when) {
        // In a cluster the entities are on different servers.
        List<Consumer<Request>> calls = settings.redis().isCluster()
                ? states.stream().map(state -> call(List.of(state), when)).toList()
                : List.of(call(states, when));
        return ask(() -> script.run(calls)).mapEmpty();
    }

    private Consumer<Request> call(List<EntityState> states, String when) {
        return put -> {
            put.arg(states.size());
            states.forEach(state -> put.arg(key(state.entity())));
            put.arg(settings.ttl().toMillis()).arg(when);
            for (EntityState state : states) {
                put.arg(state.version())
                        .arg(Buffer.buffer(state.state() == null ? new byte[0] : state.state()))
                        .arg(VersionIndex.place(state));
            }
        };
    }

    /** What Redis, or a master of the cluster, is set to that costs something; fails if one doesn't say, or is gone. */
    public Future<List<String>> settingWarnings() {
        Request question = Request.cmd(Command.INFO).arg("memory");
        // A cluster's client sends it to any node, and each is set by itself.
        Future<List<Response>> answers = settings.redis().isCluster()
                ? RedisCluster.create(redis).onAllMasterNodes(question)
                : redis.send(question).map(List::of);
        return answers.map(all -> all.stream()
                .flatMap(info -> RedisMemory.warnings(info.toString()).stream())
                .distinct()
                .sorted()
                .toList());
    }

    public Future<Void> close() {
        return redis.close();
    }

    private static @Nullable EntityState read(EntityRef ref, Response found) {
        Response version = found.get(0);
        Response state = found.get(1);
        Response place = found.get(2);
        if (version == null || state == null || place == null || state.toBytes().length == 0) {
            // The key may only mark a newer version, which PostgreSQL has.
            return null;
        }
        String at = place.toString(StandardCharsets.UTF_8);
        int space = at.indexOf(' ');
        Position position = space < 0 ? null : Position.parse(at.substring(0, space));
        String number = version.toString();
        return position == null
                        || !number.matches("\\d{1,18}")
                        || !at.substring(space + 1).equals(ref.stream())
                ? null
                : new EntityState(ref, Long.parseLong(number), state.toBytes(), position, EntityState.Level.REDIS);
    }

    /** No call depends on an event's content, so every failure counts as an unavailable Redis. */
    private <T> Future<T> ask(Supplier<Future<T>> question) {
        return breaker.run(
                () -> StallAwareTimeout.within(vertx, settings.timeout().toMillis(), question.get())
                        .recover(error -> Future.failedFuture(
                                new MillraceException(Failure.UNAVAILABLE, String.valueOf(error.getMessage())))));
    }
}
