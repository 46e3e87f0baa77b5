package io.millrace.sources.postgres.capture;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.postgres.PostgresSource;
import io.vertx.core.Vertx;
import java.time.Clock;

/** Follows a PostgreSQL wherever the source's lease is. Belongs to one event loop. */
public final class PostgresPulledSource implements LeasedTask {
    private final Vertx vertx;
    private final PostgresSource source;
    private final RetryingIntake taker;
    private final SlotAdvance advance;
    private final Clock clock;
    private final SlotLag lag;

    public PostgresPulledSource(
            Vertx vertx,
            PostgresSource source,
            RetryingIntake taker,
            SlotAdvance advance,
            Clock clock,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.source = source;
        this.taker = taker;
        this.advance = advance;
        this.clock = clock;
        this.lag = new SlotLag(name(), metrics);
    }

    @Override
    public String name() {
        return source.source().name();
    }

    @Override
    public String kind() {
        return "postgres";
    }

    @Override
    public Run start(Lease lease) {
        PostgresRun run = new PostgresRun(vertx, source, lease, taker, lag, advance, clock);
        run.begin();
        return run;
    }
}
