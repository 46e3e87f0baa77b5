package io.millrace.sources.postgres.capture;

import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedRun;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.postgres.DatabaseErrors;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.engine.ChangeBatch;
import io.millrace.sources.postgres.engine.ChangeEngine;
import io.millrace.sources.postgres.engine.TransactionFilter;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A source from one connection to its end: checks, a snapshot if there is something to read, then the changes. Belongs to
 * one event loop.
 */
final class PostgresRun extends LeasedRun {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresRun.class);
    private static final long WATCH_MS = 5_000;
    private static final long PART_BYTES = 1 << 20;
    private static final long NO_TIMER = -1;
    private static final long POLL_MS = 200;
    private static final long LATE_NANOS = TimeUnit.MINUTES.toNanos(1);
    private static final String OPEN = "the snapshot waits for a transaction of the server that has been open for more"
            + " than a minute: look at pg_stat_activity for the oldest backend_xid";

    private final Vertx vertx;
    private final Context context;
    private final PostgresSource source;
    private final Lease lease;
    private final RetryingIntake taker;
    private final SlotLag lag;
    private final SlotAdvance advance;
    private final Clock clock;
    private @Nullable SourceDatabase database;
    private @Nullable ChangeEngine engine;
    private @Nullable CapturePosition position;
    private Future<Void> letGo = Future.succeededFuture();
    private long batches;
    private Future<Void> taking = Future.succeededFuture();
    private boolean closed;
    private long timer = NO_TIMER;
    private volatile @Nullable String warning;

    PostgresRun(
            Vertx vertx,
            PostgresSource source,
            Lease lease,
            RetryingIntake taker,
            SlotLag lag,
            SlotAdvance advance,
            Clock clock) {
        super(vertx, lease);
        this.vertx = vertx;
        this.context = vertx.getOrCreateContext();
        this.source = source;
        this.lease = lease;
        this.taker = taker;
        this.lag = lag;
        this.advance = advance;
        this.clock = clock;
    }

    void begin() {
        SourceDatabase.connect(vertx, source)
                .compose(connected -> {
                    database = connected;
                    if (isEnding()) {
                        return close().compose(done -> Future.failedFuture(lease.lost()));
                    }
                    return new SourceCheck(source, connected, lease).prepare();
                })
                .compose(this::snapshot)
                .onSuccess(done -> follow())
                .onFailure(this::fail);
    }

    private Future<Void> snapshot(SourceCheck.Ready ready) {
        CapturePosition known = ready.position();
        position = known;
        List<SourceTable> unread = ready.tables().stream()
                .filter(table -> !known.tables().containsKey(table.name()))
                .toList();
        if (unread.isEmpty()) {
            return Future.succeededFuture();
        }
        if (source.snapshot() == PostgresSource.Snapshot.NEVER) {
            Map<TableName, CapturePosition.Seen> all = new HashMap<>();
            unread.forEach(table -> all.put(table.name(), CapturePosition.Seen.ALL));
            return save(known.with(all));
        }
        SourceDatabase read = Objects.requireNonNull(database);
        List<TableName> names = unread.stream().map(SourceTable::name).toList();
        LOG.info("source {}: a snapshot of {} begins", lease.task(), names);
        return earlierEnded(read)
                .compose(settled -> TableSnapshot.begin(read.connection()))
                .compose(seen -> {
                    CapturePosition.Snapshot first = known.snapshot() == null
                            ? new CapturePosition.Snapshot(clock.millis(), seen)
                            : known.snapshot();
                    Map<TableName, CapturePosition.Seen> all = new HashMap<>();
                    names.forEach(name -> all.put(name, first.first()));
                    return save(known.withSnapshot(first))
                            .compose(saved -> {
                                begun();
                                Instant began = Instant.ofEpochMilli(first.beganMs());
                                return new TableSnapshot(read.connection(), known.generation(), began, this::takeRows)
                                        .read(unread);
                            })
                            .compose(done -> {
                                LOG.info("source {}: the snapshot has ended", lease.task());
                                return save(known.with(all));
                            });
                });
    }

    /**
     * The changes of a transaction that runs while a table is added to a publication aren't told, and a snapshot doesn't
     * see them before it has ended.
     */
    private Future<Void> earlierEnded(SourceDatabase asked) {
        long beganNanos = System.nanoTime();
        return asked.nextTransaction()
                .compose(next -> AsyncLoop.run(() -> asked.haveEnded(next).compose(done -> {
                    boolean late = !done && System.nanoTime() - beganNanos > LATE_NANOS;
                    warning = late ? OPEN : null;
                    if (isEnding()) {
                        return Future.failedFuture(lease.lost());
                    }
                    return done
                            ? Future.succeededFuture(false)
                            : vertx.timer(POLL_MS, TimeUnit.MILLISECONDS).map(later -> true);
                })));
    }

    private void follow() {
        if (isEnding()) {
            return;
        }
        CapturePosition from = Objects.requireNonNull(position);
        ChangeEngine begun = new ChangeEngine(
                source, context, from.generation(), new TransactionFilter(from.seen()), this::takeChanges);
        engine = begun;
        begun.started().onComplete(reads -> begun());
        begun.ended().onComplete(done -> {
            if (engine == begun) {
                fail(done.failed() ? done.cause() : new IllegalStateException("the engine has ended by itself"));
            }
        });
        begun.start();
        watch();
    }

    private Future<Void> takeChanges(ChangeBatch batch) {
        batches++;
        taking = taken(batch.messages())
                .compose(done -> batch.committed() == null
                        ? Future.succeededFuture()
                        : save(Objects.requireNonNull(position).at(batch.committed())));
        return taking;
    }

    private Future<Void> takeRows(List<SourceMessage> rows) {
        taking = taken(rows);
        return taking;
    }

    /** In parts of about 1 MiB. */
    private Future<Void> taken(List<SourceMessage> messages) {
        Future<Void> all = Future.succeededFuture();
        List<SourceMessage> part = new ArrayList<>();
        long bytes = 0;
        for (SourceMessage message : messages) {
            part.add(message);
            bytes += message.record().length;
            if (bytes >= PART_BYTES) {
                List<SourceMessage> full = part;
                all = all.compose(before -> take(full));
                part = new ArrayList<>();
                bytes = 0;
            }
        }
        List<SourceMessage> last = part;
        return last.isEmpty() ? all : all.compose(before -> take(last));
    }

    private Future<Void> take(List<SourceMessage> messages) {
        return isEnding() ? Future.failedFuture(lease.lost()) : taker.take(lease, messages);
    }

    /** What a run saves after its end could be older than what the next one has saved. */
    private Future<Void> save(CapturePosition now) {
        if (closed) {
            return Future.failedFuture(lease.lost());
        }
        return lease.save(now.json()).onSuccess(saved -> position = now);
    }

    private void watch() {
        Objects.requireNonNull(database).slot().onComplete(done -> {
            if (isEnding()) {
                return;
            }
            if (done.failed()) {
                fail(done.cause());
                return;
            }
            ReplicationSlot slot = done.result();
            if (slot == null || slot.lost() != null) {
                fail(new DatabaseErrors.Told("the slot " + source.slot() + " is lost"));
                return;
            }
            lag.set(slot.behindBytes());
            warning = slot.endangered()
                    ? "the slot " + source.slot() + " is " + slot.behindBytes() + " bytes behind, more than"
                            + " max_slot_wal_keep_size allows: PostgreSQL may drop its log at any checkpoint"
                    : null;
            if (taking.isComplete() && advance.isDue(slot.behindBytes(), batches)) {
                advance();
            } else {
                timer = vertx.setTimer(WATCH_MS, fired -> watch());
            }
        });
    }

    /**
     * The slot of tables in which nothing happens holds back the log of all others, since PostgreSQL tells nothing that
     * could be acknowledged. So it is looked for changes up to the end of the log, and moved there if there are none.
     */
    private void advance() {
        ChangeEngine idle = Objects.requireNonNull(engine);
        SourceDatabase asked = Objects.requireNonNull(database);
        engine = null;
        idle.stop();
        letGo = Future.join(idle.ended(), taking).otherwiseEmpty().mapEmpty();
        letGo.compose(ended -> asked.slot())
                .compose(slot -> slot == null ? Future.succeededFuture() : asked.free(slot))
                .compose(free -> asked.quietUntil())
                .compose(end -> end == null
                        ? Future.succeededFuture()
                        : save(Objects.requireNonNull(position).at(end)).compose(saved -> asked.advance(end)))
                .onSuccess(done -> follow())
                .onFailure(this::fail);
    }

    @Override
    protected Throwable told(Throwable error) {
        LOG.debug("source {} ends", lease.task(), error);
        return DatabaseErrors.told(source.server(), error);
    }

    @Override
    protected Future<Void> drain() {
        return taking;
    }

    @Override
    protected Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        lag.set(SlotLag.UNKNOWN);
        ChangeEngine reading = engine;
        SourceDatabase asked = database;
        engine = null;
        if (reading != null) {
            reading.stop();
        }
        Future<Void> stopped = reading == null ? letGo : reading.ended();
        return stopped.transform(
                done -> asked == null ? Future.succeededFuture() : asked.close().otherwiseEmpty());
    }

    @Override
    public @Nullable String problem() {
        String waits = taker.problem();
        return waits == null ? warning : waits;
    }
}
