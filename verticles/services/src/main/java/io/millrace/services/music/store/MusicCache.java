package io.millrace.services.music.store;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may be lost, in Redis, each with its lifetime. While Redis is away nothing is found, and nothing is limited. */
public final class MusicCache {
    private static final Logger LOG = LoggerFactory.getLogger(MusicCache.class);
    private static final long UNANSWERED_MS = 1_000;
    private static final String PREFIX = "music:";

    /** The how-many-th of its window something is. */
    private static final String NUMBER =
            """
            local number = redis.call('HGET', KEYS[1], ARGV[1])
            if not number then
              number = redis.call('HLEN', KEYS[1]) + 1
              redis.call('HSET', KEYS[1], ARGV[1], number)
              if number == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
            end
            return tonumber(number)""";

    private final Redis redis;

    public MusicCache(Redis redis) {
        this.redis = redis;
    }

    /** Null if it isn't there. */
    public Future<@Nullable String> get(String key) {
        return send(Request.cmd(Command.GET).arg(PREFIX + key))
                .<@Nullable String>map(found -> found == null ? null : found.toString())
                .recover(error -> MusicCache.<@Nullable String>without(error, null));
    }

    public Future<Void> put(String key, String value, Duration life) {
        return send(set(key, value, life)).<Void>mapEmpty().recover(MusicCache::ignored);
    }

    /** Keeps a value unless there is one: what was read from elsewhere doesn't replace what was changed meanwhile. */
    public Future<Void> putAbsent(String key, String value, Duration life) {
        return send(set(key, value, life).arg("NX")).<Void>mapEmpty().recover(MusicCache::ignored);
    }

    /** Fails if Redis doesn't answer: what was there before must not be found afterwards. */
    public Future<Void> replace(String key, String value, Duration life) {
        return send(set(key, value, life)).mapEmpty();
    }

    private static Request set(String key, String value, Duration life) {
        return Request.cmd(Command.SET).arg(PREFIX + key).arg(value).arg("PX").arg(life.toMillis());
    }

    /**
     * Whether something may happen once more within a window, which begins with its first time. What comes again is what it was.
     *
     * @param most how often
     * @param what its id
     */
    public Future<Boolean> permits(String limit, int most, Duration window, String what) {
        String key = PREFIX + "limit:" + limit;
        return send(Request.cmd(Command.EVAL)
                        .arg(NUMBER)
                        .arg(1)
                        .arg(key)
                        .arg(what)
                        .arg(window.toMillis()))
                .map(number -> number == null || Objects.requireNonNullElse(number.toLong(), 0L) <= most)
                .recover(error -> without(error, true));
    }

    private Future<@Nullable Response> send(Request request) {
        return redis.send(request)
                .<@Nullable Response>map(answer -> answer)
                .timeout(UNANSWERED_MS, TimeUnit.MILLISECONDS);
    }

    private static Future<Void> ignored(Throwable error) {
        LOG.debug("Redis doesn't answer", error);
        return Future.succeededFuture();
    }

    private static <T extends @Nullable Object> Future<T> without(Throwable error, T value) {
        LOG.debug("Redis doesn't answer", error);
        return Future.succeededFuture(value);
    }
}
