package io.millrace.sources.redis.consume;

import io.millrace.platform.settings.RedisAddress;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import java.util.concurrent.TimeUnit;

/** The connections of one run of a source. Belongs to one event loop. */
final class RedisConnections {
    private static final int MOST = 2;

    private final Redis client;
    private final String address;

    RedisConnections(Vertx vertx, RedisSource source, RedisSourceSettings settings) {
        this.address = settings.redis().place(source.address());
        this.client = Redis.createClient(
                vertx,
                settings.redis()
                        .options(source.address())
                        .setMaxPoolSize(MOST)
                        .setMaxPoolWaiting(MOST)
                        .setPoolRecycleTimeout(-1)
                        .setPoolCleanerInterval(-1));
    }

    Future<RedisConnection> connect() {
        return client.connect().timeout(RedisAddress.connectMs(), TimeUnit.MILLISECONDS);
    }

    /** Without a user or a password. */
    String address() {
        return address;
    }

    /** Cuts them all. */
    Future<Void> close() {
        return client.close();
    }
}
