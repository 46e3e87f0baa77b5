package io.millrace.persistence.failover;

import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisAPI;
import java.util.List;

/**
 * Remembers in Redis how far a database was, in the key {@code mr:database:{system identifier}:{oid}:{schema}}. Redis may
 * forget it: a restore is then noticed by other signs, or by the operator alone. Owned by the persistence verticle's event loop.
 */
final class RestoreWitness {
    private static final long TIMEOUT_MS = 1_000;

    private final Vertx vertx;
    private final Redis redis;
    private final RedisAPI api;
    private Future<?> writing = Future.succeededFuture();

    RestoreWitness(Vertx vertx, RedisSettings settings) {
        this.vertx = vertx;
        this.redis = Redis.createClient(vertx, settings.options().setMaxPoolSize(1));
        this.api = RedisAPI.api(redis);
    }

    /** The newest beat; 0 if Redis has none. Fails if Redis doesn't answer within a second. */
    Future<Long> beat(String database) {
        return StallAwareTimeout.within(vertx, TIMEOUT_MS, api.get(key(database)))
                .map(found ->
                        found != null && found.toString().matches("\\d{1,18}") ? Long.parseLong(found.toString()) : 0L);
    }

    /** Without a lifetime, so that it isn't among the first to be evicted. Left out while an earlier one is on its way. */
    Future<Void> write(String database, long beat) {
        if (!writing.isComplete()) {
            return Future.succeededFuture();
        }
        Future<Void> written =
                api.set(List.of(key(database), Long.toString(beat))).mapEmpty();
        writing = written;
        return StallAwareTimeout.within(vertx, TIMEOUT_MS, written);
    }

    private static String key(String database) {
        return "mr:database:" + database;
    }

    Future<Void> close() {
        return redis.close();
    }
}
