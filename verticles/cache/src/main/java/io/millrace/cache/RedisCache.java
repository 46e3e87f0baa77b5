package io.millrace.cache;

import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.Position;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisAPI;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Entities in Redis: a hash {@code mr:entity:{kind}:{id}} of version, state, stream and position, with a time to live. A
 * write never replaces a newer version, whoever comes last. Owned by the cache verticle's event loop.
 */
final class RedisCache {
    /** Compares and sets in one step. An empty state is an entity that was deleted: its version still counts. */
    private static final String PUT_IF_NEWER = "local v = redis.call('HGET', KEYS[1], 'v') "
            + "if v and tonumber(v) >= tonumber(ARGV[1]) then return 0 end "
            + "redis.call('HSET', KEYS[1], 'v', ARGV[1], 's', ARGV[2], 'stream', ARGV[3], 'pos', ARGV[4]) "
            + "redis.call('PEXPIRE', KEYS[1], ARGV[5]) return 1";

    private final Redis redis;
    private final RedisAPI api;
    private final CacheSettings settings;
    private @Nullable String script;

    RedisCache(Vertx vertx, CacheSettings settings) {
        this.settings = settings;
        this.redis = Redis.createClient(
                vertx,
                new RedisOptions()
                        .setConnectionString(settings.redis())
                        .setMaxPoolSize(4)
                        .setMaxWaitingHandlers(10_000));
        this.api = RedisAPI.api(redis);
    }

    /** The length of the kind keeps {@code a:b} + {@code c} and {@code a} + {@code b:c} apart. */
    static String key(EntityRef ref) {
        return "mr:entity:" + ref.kind().length() + ":" + ref.kind() + ":" + ref.id();
    }

    /** Null if Redis doesn't have it; fails if it doesn't answer in time. */
    Future<@Nullable EntityState> get(EntityRef ref) {
        return timed(api.hmget(List.of(key(ref), "v", "s", "stream", "pos"))).<@Nullable EntityState>map(found -> read(ref, found));
    }

    /** Writes those that are newer, pipelined. */
    Future<Void> put(List<EntityState> states) {
        return loaded().compose(sha -> {
                    List<Request> batch = new ArrayList<>(states.size());
                    for (EntityState state : states) {
                        batch.add(Request.cmd(Command.EVALSHA)
                                .arg(sha)
                                .arg(1)
                                .arg(key(state.entity()))
                                .arg(state.version())
                                .arg(Buffer.buffer(state.state() == null ? new byte[0] : state.state()))
                                .arg(state.stream())
                                .arg(state.position().toString())
                                .arg(settings.ttl().toMillis()));
                    }
                    return timed(redis.batch(batch)).onFailure(error -> script = null);
                })
                .mapEmpty();
    }

    /** Forgets: the next read asks PostgreSQL. */
    Future<Void> drop(List<EntityRef> refs) {
        return timed(api.del(refs.stream().map(RedisCache::key).toList())).mapEmpty();
    }

    Future<Void> close() {
        return redis.close();
    }

    /** Redis forgets scripts when it restarts, so after any failure it is loaded again. */
    private Future<String> loaded() {
        if (script != null) {
            return Future.succeededFuture(script);
        }
        return timed(api.script(List.of("LOAD", PUT_IF_NEWER)))
                .map(Response::toString)
                .onSuccess(sha -> script = sha);
    }

    private static @Nullable EntityState read(EntityRef ref, Response found) {
        Response version = found.get(0);
        if (version == null) {
            return null;
        }
        byte[] state = found.get(1).toBytes();
        Position position = Position.parse(found.get(3).toString(StandardCharsets.UTF_8));
        return new EntityState(
                ref,
                Objects.requireNonNull(version.toLong()),
                state.length == 0 ? null : state,
                found.get(2).toString(StandardCharsets.UTF_8),
                position == null ? Position.EMPTY : position,
                EntityState.Level.REDIS);
    }

    private <T> Future<T> timed(Future<T> future) {
        return future.timeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }
}
