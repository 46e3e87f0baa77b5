package io.millrace.sinks.follow;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.postgres.lease.Lease;
import io.millrace.postgres.lease.LeasedRun;
import io.millrace.sinks.message.PageReader;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A sink from one start to its end. It follows each stream by its offsets, which have no gap and are committed in their
 * order: whatever is committed late comes later in its stream, and none is skipped. Commits that are told on the bus wake
 * it; the comparison of its positions with the heads of the streams finds what the bus lost. Belongs to one event loop.
 */
final class SinkRun extends LeasedRun {
    private static final Logger LOG = LoggerFactory.getLogger(SinkRun.class);
    private static final long CLOSE_MS = 5_000;
    private static final long NO_TIMER = -1;
    /** How far back most comparisons look; further than any commit takes that isn't stuck. */
    private static final int CHANGED_WITHIN_MS = 30_000;
    /** So many comparisons later everything is compared, whenever it changed. */
    private static final int WHOLE = 30;

    private final Sink sink;
    private final SinkContext context;
    private final Vertx vertx;
    private final Lease lease;
    private final SinkTarget target;
    private final SinkPositions positions;
    private final PageReader reader;
    private final Promise<Void> idle = Promise.promise();
    private final WaitingStreams waiting;
    /** Streams of which a page is on its way; true if there was news since. */
    private final Map<String, Boolean> working = new HashMap<>();
    /** Streams that are held back, and have a timer. */
    private final Set<String> timed = new HashSet<>();
    /** Where the sink is in the streams of its last pages. */
    private final RecentPositions known;

    private boolean comparing;
    private long timer = NO_TIMER;
    private int comparisons;
    private volatile @Nullable String problem;

    SinkRun(Sink sink, SinkContext context, SinkTarget target, SinkPositions positions, PageReader reader) {
        super(context.node().vertx(), context.lease());
        this.sink = sink;
        this.context = context;
        this.vertx = context.node().vertx();
        this.lease = context.lease();
        this.target = target;
        this.positions = positions;
        this.reader = reader;
        this.waiting = new WaitingStreams(context.follow().waiting());
        this.known = new RecentPositions(context.follow().waiting());
    }

    void begin() {
        target.connect()
                .compose(connected -> {
                    target.broken().onFailure(this::fail);
                    return new SinkStart(sink, context.node().bus(), positions).ensure(lease);
                })
                .compose(set -> compare(0))
                .onSuccess(compared -> {
                    if (!isEnding()) {
                        timer = vertx.setPeriodic(context.follow().poll().toMillis(), fired -> beat());
                        begun();
                        work();
                    }
                })
                .onFailure(this::fail);
    }

    /** Tells that a stream that the sink follows has new events. */
    void committed(String stream) {
        if (hasBegun() && !isEnding()) {
            add(stream);
            work();
        }
    }

    /** False if there is no room. */
    private boolean add(String stream) {
        return working.computeIfPresent(stream, (name, before) -> true) != null || waiting.add(stream);
    }

    private void work() {
        while (!isEnding()
                && !target.isPaused()
                && working.size() < context.follow().streams()) {
            String stream = waiting.take(each -> !target.isPaused(each));
            if (stream == null) {
                break;
            }
            working.put(stream, false);
            page(stream).onComplete(done -> {
                boolean news = Boolean.TRUE.equals(working.remove(stream));
                if (done.cause() instanceof SinkTarget.HeldBackException held) {
                    waiting.heldBack();
                    tryAgain(stream, held.againMs());
                } else if (done.failed()) {
                    fail(done.cause());
                } else if (news || done.result()) {
                    add(stream);
                }
                work();
                settle();
            });
        }
        if (waiting.mayBeMore() && !isEnding()) {
            compareNow(0);
        }
    }

    /** Each stream has one timer, however often it is found before. */
    private void tryAgain(String stream, long inMs) {
        if (timed.add(stream)) {
            vertx.setTimer(inMs, fired -> {
                timed.remove(stream);
                committed(stream);
            });
        }
    }

    private void settle() {
        if (isEnding() && working.isEmpty()) {
            idle.tryComplete();
        } else if (working.isEmpty() && waiting.isEmpty()) {
            context.metrics().lag(0);
        }
    }

    /** Reads, sends and notes the next events of a stream; whether there are more. */
    private Future<Boolean> page(String stream) {
        return position(stream).compose(from -> context.node()
                .bus()
                .request(
                        Addresses.HISTORY,
                        new HistoryQuery(stream, from.offset(), context.follow().page(), false))
                .compose(page -> {
                    Position recent = known.get(stream);
                    if (recent != null && !recent.epoch().equals(page.epoch())) {
                        // The stream begins anew; a reset has taken the stored position along.
                        known.forget(stream);
                        return Future.succeededFuture(true);
                    }
                    Position begin = whereToGoOn(stream, from, page);
                    if (begin.offset() != from.offset()) {
                        known.put(stream, begin);
                        return positions.save(lease, stream, begin).map(true);
                    }
                    return page.events().isEmpty() ? Future.succeededFuture(false) : send(stream, page);
                }));
    }

    private Future<Position> position(String stream) {
        Position at = known.get(stream);
        return at != null
                ? Future.succeededFuture(at)
                : positions.load(sink.name(), stream).map(found -> found == null ? Position.EMPTY : found);
    }

    /** Where a page begins that was read from a position: elsewhere, if the stream or its history isn't what it was. */
    private Position whereToGoOn(String stream, Position from, HistoryPage page) {
        boolean first = from.epoch().equals(Position.NO_EPOCH);
        boolean anew = !first && !from.epoch().equals(page.epoch());
        long offset = anew ? page.oldest() - 1 : Math.max(from.offset(), page.oldest() - 1);
        if (anew) {
            LOG.warn("sink {}: the stream {} was begun anew, and is sent from its beginning", sink.name(), stream);
        }
        long removed = anew || first ? 0 : offset - from.offset();
        if (removed > 0) {
            context.metrics().count(SinkMetrics.Outcome.REMOVED, removed);
            boolean newly = problem == null;
            problem = removed + " events of the stream " + stream
                    + " were removed from history before they were sent: keep history longer, or look at what was slow";
            LOG.warn("sink {}: {}", sink.name(), problem);
            if (newly) {
                tellRemoved(stream, from, problem);
            }
        }
        return new Position(page.epoch(), offset);
    }

    /** The first stream of a run: others have lost theirs by the same. */
    private void tellRemoved(String stream, Position from, String why) {
        context.alerts()
                .publish(
                        "removed " + sink.name() + " " + stream + " " + from,
                        "the sink " + sink.name() + " has missed events",
                        why,
                        "sink " + sink.name())
                .onFailure(error -> LOG.warn("sink {}: its alert wasn't published", sink.name(), error));
    }

    private Future<Boolean> send(String stream, HistoryPage page) {
        if (isEnding() || !lease.isHeld()) {
            return Future.failedFuture(lease.lost());
        }
        List<SinkMessage> messages = reader.wanted(page);
        Position end = PageReader.end(page);
        Future<Void> sent = messages.isEmpty() ? Future.succeededFuture() : target.send(messages);
        return sent.recover(error -> keepTaken(stream, page, messages, error)).compose(all -> {
            if (!messages.isEmpty()) {
                context.metrics().sent();
            }
            context.metrics().count(SinkMetrics.Outcome.SKIPPED, page.events().size() - messages.size());
            context.metrics()
                    .through(page.events().get(page.events().size() - 1).event().acceptedAtMicros());
            known.put(stream, end);
            return positions.save(lease, stream, end).map(saved -> end.offset() < page.head());
        });
    }

    /** Notes the messages before the one that is held back; always fails. */
    private Future<Void> keepTaken(String stream, HistoryPage page, List<SinkMessage> messages, Throwable error) {
        if (!(error instanceof SinkTarget.HeldBackException held) || held.taken() == 0) {
            return Future.failedFuture(error);
        }
        long next = messages.get(held.taken()).position().offset();
        Position before = new Position(page.epoch(), next - 1);
        known.put(stream, before);
        return positions.save(lease, stream, before).compose(saved -> Future.failedFuture(error));
    }

    private void beat() {
        compareNow(comparisons++ % WHOLE == WHOLE - 1 ? 0 : CHANGED_WITHIN_MS);
    }

    private void compareNow(int withinMs) {
        if (!comparing && !isEnding()) {
            compare(withinMs).onSuccess(done -> work()).onFailure(this::fail);
        }
    }

    private Future<Void> compare(int withinMs) {
        int room = waiting.room();
        if (room == 0) {
            return Future.succeededFuture();
        }
        comparing = true;
        boolean everything = withinMs == 0;
        String after = waiting.begin(everything);
        return positions.behind(sink, withinMs, after, room).<Void>map(behind -> {
            comparing = false;
            boolean more = behind.size() == room;
            String last = after;
            long events = 0;
            for (SinkPositions.Behind each : behind) {
                if (!add(each.stream())) {
                    more = true;
                    break;
                }
                last = each.stream();
                events += each.events();
            }
            waiting.end(everything, last, more);
            if (everything || events > 0) {
                context.metrics().lag(events);
            }
            return null;
        });
    }

    @Override
    protected Throwable told(Throwable error) {
        context.metrics().wrong(String.valueOf(error.getMessage()));
        return error;
    }

    @Override
    protected Future<Void> drain() {
        settle();
        return idle.future();
    }

    /** What is on its way ends before another run begins. */
    @Override
    protected Future<Void> close() {
        vertx.cancelTimer(timer);
        Future<Void> closed = target.close();
        settle();
        return closed.transform(done -> StallAwareTimeout.within(vertx, CLOSE_MS, idle.future()));
    }

    @Override
    public long lag() {
        return context.metrics().lag();
    }

    @Override
    public @Nullable String problem() {
        String ofTarget = target.problem();
        String own = problem;
        return ofTarget == null ? own : own == null ? ofTarget : ofTarget + "; " + own;
    }
}
