package io.millrace.launcher.cluster;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.limit.RateLimits.Taken;
import io.millrace.platform.limit.RateLimits.Totals;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.platform.settings.Settings;
import io.millrace.redis.RedisScript;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The totals of the rate limits in Redis: {@code mr:limit:{cluster}:{limit}:{digest}} is the time by Redis's clock, in
 * microseconds, at which the bucket is full; the key expires a second after it. Each call is for one key, so the keys need
 * not be on one node of a Redis Cluster. Called on one event loop.
 */
public final class RateLimitTotals implements Totals {
    private static final String ADD = "local t = redis.call('TIME') local now = t[1] * 1000000 + t[2] "
            + "local known = redis.pcall('GET', KEYS[1]) "
            + "local full = type(known) == 'string' and known:match('^%d+$') and tonumber(known) or now "
            + "local spent = math.min(math.max(full - now, 0) + ARGV[1], tonumber(ARGV[2])) "
            + "redis.call('SET', KEYS[1], string.format('%.0f', now + spent), 'PX', math.ceil(spent / 1000) + 1000) "
            + "return math.ceil(spent)";

    private static final double MICROS = 1_000;
    private static final Breaker.Limits BREAKER = new Breaker.Limits(3, Duration.ofSeconds(5));

    private final Vertx vertx;
    private final Redis redis;
    private final String prefix;
    private final Duration timeout;
    private final Breaker breaker;
    private final RedisScript script;

    /**
     * The Redis that has the totals.
     *
     * @param timeout after it a call has failed, and each node counts alone
     */
    public record Place(RedisSettings redis, Duration timeout) {
        public static Place from(Settings settings) {
            return new Place(
                    RedisSettings.from(settings),
                    settings.duration(
                            "redis.limits.timeout",
                            Duration.ofMillis(250),
                            Duration.ofMillis(10),
                            Duration.ofSeconds(5)));
        }
    }

    /** @param cluster whose totals they are; another cluster's in the same Redis are others */
    public RateLimitTotals(Vertx vertx, Place place, String cluster, MeterRegistry metrics) {
        this.prefix = "mr:limit:" + URLEncoder.encode(cluster, StandardCharsets.UTF_8) + ":";
        this.vertx = vertx;
        this.timeout = place.timeout();
        this.breaker = new Breaker("limits", "redis", BREAKER, metrics);
        this.redis = Redis.createClient(
                vertx, place.redis().options().setMaxPoolSize(1).setMaxWaitingHandlers(10_000));
        this.script = new RedisScript(redis, place.redis().isCluster(), ADD);
    }

    /** Why each node counts alone; null if they count together. Safe from any thread. */
    public @Nullable String problem() {
        return breaker.state() == Breaker.State.CLOSED
                ? null
                : "Redis does not answer: each node counts the rate limits by itself";
    }

    @Override
    public Future<List<Double>> add(List<Taken> taken) {
        return breaker.run(() -> StallAwareTimeout.within(vertx, timeout.toMillis(), ask(taken))
                .recover(error -> Future.failedFuture(
                        new MillraceException(Failure.UNAVAILABLE, String.valueOf(error.getMessage())))));
    }

    private Future<List<Double>> ask(List<Taken> taken) {
        return script.run(taken.stream().map(this::call).toList()).map(RateLimitTotals::nanos);
    }

    private Consumer<Request> call(Taken one) {
        return request -> request.arg(1)
                .arg(prefix + one.bucket())
                .arg(Double.toString(one.nanos() / MICROS))
                .arg(Double.toString(one.mostNanos() / MICROS));
    }

    private static List<Double> nanos(List<Response> answers) {
        List<Double> spent = new ArrayList<>(answers.size());
        answers.forEach(micros -> spent.add(Objects.requireNonNull(micros.toLong()) * MICROS));
        return spent;
    }

    public Future<Void> close() {
        return redis.close();
    }
}
