package io.millrace.sources.postgres.outbox;

import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.sources.intake.RetryingIntake;
import io.vertx.core.Vertx;

/** Polls an outbox wherever the source's lease is. Belongs to one event loop. */
public final class OutboxPulledSource implements LeasedTask {
    private final Vertx vertx;
    private final OutboxSource source;
    private final RetryingIntake taker;

    public OutboxPulledSource(Vertx vertx, OutboxSource source, RetryingIntake taker) {
        this.vertx = vertx;
        this.source = source;
        this.taker = taker;
    }

    @Override
    public String name() {
        return source.source().name();
    }

    @Override
    public String kind() {
        return "outbox";
    }

    @Override
    public Run start(Lease lease) {
        OutboxRun run = new OutboxRun(vertx, source, lease, taker);
        run.begin();
        return run;
    }
}
