package io.millrace.postgres.lease;

import io.millrace.platform.resilience.StallAwareTimeout;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a run begins and ends, once: by a failure, or by a stop that first waits for what was taken. Belongs to one event
 * loop.
 */
public abstract class LeasedRun implements LeasedTask.Run {
    private static final Logger LOG = LoggerFactory.getLogger(LeasedRun.class);
    private static final long DRAIN_MS = 5_000;

    private final Vertx vertx;
    private final Lease lease;
    private final Promise<Void> started = Promise.promise();
    private final Promise<Void> ended = Promise.promise();
    private boolean ending;

    protected LeasedRun(Vertx vertx, Lease lease) {
        this.vertx = vertx;
        this.lease = lease;
    }

    /** It is connected and works. */
    protected final void begun() {
        started.tryComplete();
    }

    protected final boolean hasBegun() {
        return started.future().isComplete();
    }

    protected final boolean isEnding() {
        return ending;
    }

    /** Ends it, unless it ends already. */
    protected final void fail(Throwable error) {
        if (!ending) {
            ending = true;
            Throwable told = told(error);
            close().onComplete(closed -> ended.fail(told));
        }
    }

    @Override
    public final void stop() {
        if (!ending) {
            ending = true;
            StallAwareTimeout.within(vertx, DRAIN_MS, drain())
                    .onFailure(late -> LOG.warn(
                            "{} stops before its last messages are done with: {}", lease.task(), late.getMessage()))
                    .transform(done -> lease.isHeld() ? save() : Future.<Void>succeededFuture())
                    .transform(saved -> close())
                    .onComplete(closed -> ended.complete());
        }
    }

    @Override
    public final Future<Void> started() {
        return started.future();
    }

    @Override
    public final Future<Void> ended() {
        return ended.future();
    }

    /** What an operator is told of a failure; called once, before {@link #close}. */
    protected Throwable told(Throwable error) {
        return error;
    }

    /** Takes nothing more; completes when all that was taken is done with. It isn't waited for long. */
    protected abstract Future<Void> drain();

    /** Saves where it is, after {@link #drain}, if it still may. */
    protected Future<Void> save() {
        return Future.succeededFuture();
    }

    /** Lets go of every connection. */
    protected abstract Future<Void> close();
}
