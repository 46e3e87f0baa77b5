package io.millrace.sources.postgres.outbox;

import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedRun;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.postgres.DatabaseErrors;
import io.millrace.sources.postgres.outbox.OutboxTable.Entry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An outbox from one connection to its end. Belongs to one event loop. */
final class OutboxRun extends LeasedRun {
    private static final long LATE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final long NO_TIMER = -1;

    private final Vertx vertx;
    private final OutboxSource source;
    private final Lease lease;
    private final RetryingIntake taker;
    private @Nullable PgConnection connection;
    private @Nullable OutboxPosition position;
    private Future<Void> looking = Future.succeededFuture();
    private long timer = NO_TIMER;
    private long settledNanos = System.nanoTime();
    private volatile @Nullable String waits;

    OutboxRun(Vertx vertx, OutboxSource source, Lease lease, RetryingIntake taker) {
        super(vertx, lease);
        this.vertx = vertx;
        this.source = source;
        this.lease = lease;
        this.taker = taker;
    }

    void begin() {
        source.server()
                .connect(vertx, "millrace source " + lease.task(), !source.delete())
                .compose(connected -> {
                    connection = connected;
                    return isEnding()
                            ? close().compose(closed -> Future.failedFuture(lease.lost()))
                            : OutboxTable.open(source, connected);
                })
                .compose(table -> position(table).map(at -> {
                    position = at;
                    return table;
                }))
                .onSuccess(table -> {
                    begun();
                    look(table);
                })
                .onFailure(this::fail);
    }

    private Future<OutboxPosition> position(OutboxTable table) {
        JsonObject saved = lease.progress();
        if (saved != null) {
            return Future.succeededFuture(OutboxPosition.of(saved));
        }
        return table.bounds()
                .map(bounds -> OutboxPosition.at(source.beginning() ? 0 : bounds.settled()))
                .compose(at -> lease.save(at.json()).map(at));
    }

    private void look(OutboxTable table) {
        if (isEnding()) {
            return;
        }
        looking =
                open(table).compose(at -> at.isReading() ? AsyncLoop.run(() -> read(table)) : Future.succeededFuture());
        looking.onSuccess(done -> timer = vertx.setTimer(source.every().toMillis(), fired -> look(table)))
                .onFailure(this::fail);
    }

    /** The rows that were being read come first; otherwise those of the transactions that have ended since. */
    private Future<OutboxPosition> open(OutboxTable table) {
        OutboxPosition at = Objects.requireNonNull(position);
        return at.isReading()
                ? Future.succeededFuture(at)
                : table.bounds().map(bounds -> {
                    note(bounds.settled() > at.done() || bounds.settled() == bounds.next());
                    OutboxPosition next = bounds.settled() > at.done() ? at.to(bounds.settled()) : at;
                    position = next;
                    return next;
                });
    }

    private void note(boolean moves) {
        long now = System.nanoTime();
        settledNanos = moves ? now : settledNanos;
        waits = now - settledNanos < LATE_NANOS
                ? null
                : "a transaction of the server has been open for more than a minute, so rows that were added since it"
                        + " began wait: look at pg_stat_activity for the oldest backend_xid";
    }

    /** Reads the next rows; whether there are more. */
    private Future<Boolean> read(OutboxTable table) {
        OutboxPosition at = Objects.requireNonNull(position);
        return table.read(at).compose(part -> {
            List<Entry> rows = part.entries();
            Future<Void> taken = rows.isEmpty()
                    ? Future.succeededFuture()
                    : taker.take(lease, rows.stream().map(Entry::message).toList())
                            .compose(acknowledged ->
                                    source.delete() ? table.delete(at, rows) : Future.succeededFuture());
            OutboxPosition next = part.last() ? at.read() : at.after(part.end());
            return taken.compose(done -> save(next, rows)).map(saved -> !part.last() && !isEnding());
        });
    }

    /** That nothing has come needn't be remembered. */
    private Future<Void> save(OutboxPosition next, List<Entry> rows) {
        position = next;
        return rows.isEmpty() ? Future.succeededFuture() : lease.save(next.json());
    }

    @Override
    protected Throwable told(Throwable error) {
        return DatabaseErrors.told(source.server(), error);
    }

    @Override
    protected Future<Void> drain() {
        return looking;
    }

    @Override
    protected Future<Void> close() {
        vertx.cancelTimer(timer);
        PgConnection open = connection;
        return open == null ? Future.succeededFuture() : open.close().otherwiseEmpty();
    }

    @Override
    public @Nullable String problem() {
        String messages = taker.problem();
        return messages == null ? waits : messages;
    }
}
