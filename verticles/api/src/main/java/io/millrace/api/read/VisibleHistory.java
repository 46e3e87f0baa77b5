package io.millrace.api.read;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * History as a reader sees it that may see only a part of a stream: what is hidden is passed over, and neither the length of
 * an answer nor where it ends depends on it. The reading goes on, a page of the stream at a time, until there are as many
 * events as were asked for, or as many bytes of them as one answer holds, or the stream ends, or the client is gone; or until
 * its time is up. Only the clock ends it early, so an early end tells no more than the time that passed. Owned by the event
 * loop that asks.
 */
public final class VisibleHistory {
    /** Bytes of the events of one answer, but for the last of them. */
    private static final long MOST_BYTES = 4 << 20;

    private static final int PAGE = 1_000;

    /** After so long an answer holds what was found. */
    static final long MAX_MS = 2_000;

    /** After so long an answer is empty, if nothing was found. */
    static final long MAX_EMPTY_MS = 15_000;

    private final Bus bus;
    private final String stream;
    private final Predicate<CommittedEvent> visible;
    private final int limit;
    private final BooleanSupplier gone;
    private final LongSupplier clockMs;
    private final long startedAtMs;

    /**
     * Some visible events.
     *
     * @param start where the client goes on that got no event
     * @param more whether the time was up before the answer was complete
     */
    record Found(List<CommittedEvent> events, Position start, boolean more) {}

    /** Those that were found, and how much they hold. */
    private static final class Events {
        final ArrayDeque<CommittedEvent> events = new ArrayDeque<>();
        long bytes;

        boolean full(int limit) {
            return events.size() >= limit || bytes >= MOST_BYTES;
        }

        /** At the end; the first ones go where they aren't needed any more. */
        void push(CommittedEvent event, int limit) {
            events.addLast(event);
            bytes += event.event().size();
            while (events.size() > limit
                    || (events.size() > 1 && bytes - events.getFirst().event().size() >= MOST_BYTES)) {
                bytes -= events.removeFirst().event().size();
            }
        }
    }

    /**
     * @param limit events that are wanted
     * @param gone whether the client is gone
     * @param clockMs milliseconds of a clock that only goes forward
     */
    VisibleHistory(
            Bus bus,
            String stream,
            Predicate<CommittedEvent> visible,
            int limit,
            BooleanSupplier gone,
            LongSupplier clockMs) {
        this.bus = bus;
        this.stream = stream;
        this.visible = visible;
        this.limit = limit;
        this.gone = gone;
        this.clockMs = clockMs;
        this.startedAtMs = clockMs.getAsLong();
    }

    private boolean isTimeUp(Events found) {
        return clockMs.getAsLong() - startedAtMs >= (found.events.isEmpty() ? MAX_EMPTY_MS : MAX_MS);
    }

    /** The first visible events after an offset. */
    Future<Found> after(long offset) {
        // One promise for however many pages: futures in futures would be as deep as the stream is long.
        Promise<Found> promise = Promise.promise();
        forward(offset, offset, new Events(), promise);
        return promise.future();
    }

    private void forward(long start, long from, Events found, Promise<Found> promise) {
        page(from, PAGE).onComplete(done -> {
            if (done.failed()) {
                promise.fail(done.cause());
                return;
            }
            HistoryPage page = done.result();
            for (CommittedEvent event : page.events()) {
                if (!found.full(limit) && visible.test(event)) {
                    found.push(event, limit);
                }
            }
            long end = end(page, from);
            if (found.full(limit) || end >= page.head() || end <= from) {
                promise.complete(new Found(List.copyOf(found.events), new Position(page.epoch(), start), false));
            } else if (isTimeUp(found)) {
                promise.complete(new Found(List.copyOf(found.events), new Position(page.epoch(), end), true));
            } else {
                forward(start, end, found, promise);
            }
        });
    }

    /** The last visible events, oldest first. */
    Future<Found> last() {
        return bus.request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .compose(newest -> {
                    Promise<Found> promise = Promise.promise();
                    backward(newest, newest.head(), new Events(), promise);
                    return promise.future();
                });
    }

    private void backward(HistoryPage newest, long to, Events found, Promise<Found> promise) {
        boolean complete = found.full(limit) || to < newest.oldest();
        if (complete || isTimeUp(found)) {
            promise.complete(new Found(List.copyOf(found.events), new Position(newest.epoch(), 0), !complete));
            return;
        }
        long from = Math.max(newest.oldest() - 1, to - PAGE);
        range(from, to, new Events()).onComplete(done -> {
            if (done.failed()) {
                promise.fail(done.cause());
                return;
            }
            Events both = done.result();
            found.events.forEach(event -> both.push(event, limit));
            backward(newest, from, both, promise);
        });
    }

    /** The visible events of a stretch, which may be several pages of large ones. */
    private Future<Events> range(long from, long to, Events found) {
        if (from >= to) {
            return Future.succeededFuture(found);
        }
        return page(from, (int) (to - from)).compose(page -> {
            page.events().stream().filter(visible).forEach(event -> found.push(event, limit));
            return page.events().isEmpty() ? Future.succeededFuture(found) : range(end(page, from), to, found);
        });
    }

    private Future<HistoryPage> page(long after, int most) {
        return gone.getAsBoolean()
                ? Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "the reader has gone"))
                : bus.request(Addresses.HISTORY, new HistoryQuery(stream, after, most, false));
    }

    private static long end(HistoryPage page, long from) {
        List<CommittedEvent> events = page.events();
        return events.isEmpty() ? Math.max(from, page.head()) : offset(events.get(events.size() - 1));
    }

    private static long offset(CommittedEvent event) {
        return Objects.requireNonNull(event.position()).offset();
    }
}
