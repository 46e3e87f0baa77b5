package io.millrace.sources.redis.consume;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.RedisSourceSettings;
import io.vertx.core.Vertx;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/** Runs a Redis source wherever its lease is. What waits to be taken outlives a connection. Belongs to one event loop. */
public final class RedisPulledSource implements LeasedTask {
    private final Vertx vertx;
    private final RedisSource source;
    private final RedisSourceSettings settings;
    private final RetryingIntake taker;
    private final PubSubBuffer buffer;
    private final Clock clock;
    private @Nullable Lease lease;
    private @Nullable ReadPositions positions;

    public RedisPulledSource(
            Vertx vertx,
            RedisSource source,
            RedisSourceSettings settings,
            SourceIntake intake,
            SourceMetrics messages,
            Clock clock,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.source = source;
        this.settings = settings;
        this.clock = clock;
        this.taker = new RetryingIntake(vertx, intake, messages, source);
        this.buffer = new PubSubBuffer(taker, settings, name(), clock, metrics);
    }

    @Override
    public String name() {
        return source.source().name();
    }

    @Override
    public String kind() {
        return "redis";
    }

    @Override
    public Run start(Lease held) {
        ReadPositions known = lease == held ? positions : null;
        if (known == null) {
            known = new ReadPositions(held);
            lease = held;
            positions = known;
        }
        RedisRun run = new RedisRun(vertx, source, held, settings, known, buffer, taker, clock);
        run.begin();
        return run;
    }
}
