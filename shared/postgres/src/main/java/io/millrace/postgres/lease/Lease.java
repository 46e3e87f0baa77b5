package io.millrace.postgres.lease;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The right to run a task, like a source or a sink, on this node, until it ends by this node's own monotonic clock, which is before PostgreSQL
 * gives it to another (Gray and Cheriton, "Leases", SOSP 1989). The fence tells PostgreSQL the holders apart (Kleppmann,
 * "How to do distributed locking", 2016). That clock stands while a whole machine is suspended: a task that was woken
 * then has the lease until its next renewal is refused. Belongs to the event loop of its runner.
 */
public final class Lease {
    private final Leases leases;
    private final String task;
    private final long fence;
    private @Nullable JsonObject progress;
    private final LongSupplier nanos;
    private long deadlineNanos;
    private boolean ended;
    private @Nullable String told;

    Lease(
            Leases leases,
            String task,
            long fence,
            @Nullable JsonObject progress,
            LongSupplier nanos,
            long deadlineNanos) {
        this.leases = leases;
        this.task = task;
        this.fence = fence;
        this.progress = progress;
        this.nanos = nanos;
        this.deadlineNanos = deadlineNanos;
    }

    public String task() {
        return task;
    }

    /** Grows with each acquisition of the task's lease, on whichever node. */
    public long fence() {
        return fence;
    }

    /** The process that has it, as PostgreSQL knows it. */
    public String holder() {
        return leases.node();
    }

    /** What was saved last, by whichever node; null if there is nothing. */
    public @Nullable JsonObject progress() {
        return progress;
    }

    /**
     * Whether the task may go on. Asked before each publication and each acknowledgement: a process that was stopped and
     * goes on reads what had arrived before any timer tells it that its time is over.
     */
    public boolean isHeld() {
        return leftNanos() > 0;
    }

    /**
     * Saves where the task is: a few kilobytes at most.
     *
     * @return fails with {@link LeaseLostException} if another node may have the task, with {@code UNAVAILABLE} if
     *     PostgreSQL can't do it now
     */
    public Future<Void> save(JsonObject now) {
        return isHeld() ? leases.save(this, now) : Future.failedFuture(lost());
    }

    void saved(JsonObject now) {
        progress = now;
    }

    /** Why the task fails, as operators were told, by whichever node; null if they weren't, or it has run again since. */
    @Nullable
    String told() {
        return told;
    }

    void told(@Nullable String why) {
        told = why;
    }

    /** The failure of what may not be done any more. */
    public LeaseLostException lost() {
        return new LeaseLostException(leases.kind(), task, fence);
    }

    long leftNanos() {
        return ended ? 0 : Math.max(0, deadlineNanos - nanos.getAsLong());
    }

    /** A lease that has ended stays so, if a renewal was late. */
    void renewed(long untilNanos) {
        if (isHeld()) {
            deadlineNanos = untilNanos;
        }
    }

    /** Ends it before its time, since PostgreSQL has refused what was written under it. */
    public void end() {
        ended = true;
    }
}
