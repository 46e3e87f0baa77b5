package io.millrace.api.query;

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
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * History for a client that may see only a part of a stream, or asks for a part by a filter: other events are passed over, and
 * neither the length of an answer nor its end depends on them. The read continues, a page of the stream at a time, until the requested number
 * of events or bytes is found, the stream ends, the client is gone, or the time is up. Only the clock ends it early, so
 * an early end reveals no more than the time. Owned by the event loop of the request; what is visible of
 * a page is found by a worker, since a page may be of megabytes, whose events a filter parses.
 */
public final class VisibleHistory {
    /** Bytes of the events in one answer, without the last one. */
    private static final long MOST_BYTES = 4 << 20;

    private static final int PAGE = 1_000;

    /** The time after which the answer has the events found so far. */
    static final long MAX_MS = 2_000;

    /** The time after which the answer is empty if no event was found; with a filter it is {@link #MAX_MS}. */
    static final long MAX_EMPTY_MS = 15_000;

    private final Vertx vertx;
    private final Bus bus;
    private final String stream;
    private final Predicate<CommittedEvent> visible;
    private final int limit;
    private final long emptyMs;
    private final BooleanSupplier gone;
    private final LongSupplier clockMs;
    private final long startedAtMs;

    /**
     * A page of visible events.
     *
     * @param start where a client without any event continues
     * @param more whether the time was up before the answer was complete
     * @param earlier the position before which earlier events are to be read; null if the read went forward, or reached the
     *     beginning
     * @param oldest the oldest offset that history keeps
     */
    record Found(List<CommittedEvent> events, Position start, boolean more, @Nullable Position earlier, long oldest) {}

    /** The events found so far, and their bytes. */
    private static final class Events {
        final ArrayDeque<CommittedEvent> events = new ArrayDeque<>();
        long bytes;

        boolean full(int limit) {
            return events.size() >= limit || bytes >= MOST_BYTES;
        }

        /** Adds events at the end and drops the first ones beyond the limit. */
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
     * @param visible which events are found; called by workers
     * @param limit the requested number of events
     * @param emptyMs the time after which the answer is empty if no event was found, milliseconds
     * @param gone whether the client is gone
     * @param clockMs milliseconds of a clock that only goes forward
     */
    VisibleHistory(
            Vertx vertx,
            Bus bus,
            String stream,
            Predicate<CommittedEvent> visible,
            int limit,
            long emptyMs,
            BooleanSupplier gone,
            LongSupplier clockMs) {
        this.vertx = vertx;
        this.bus = bus;
        this.stream = stream;
        this.visible = visible;
        this.limit = limit;
        this.emptyMs = emptyMs;
        this.gone = gone;
        this.clockMs = clockMs;
        this.startedAtMs = clockMs.getAsLong();
    }

    private boolean isTimeUp(Events found) {
        return clockMs.getAsLong() - startedAtMs >= (found.events.isEmpty() ? emptyMs : MAX_MS);
    }

    /** The first visible events after an offset. */
    Future<Found> after(long offset) {
        // One promise for all pages: composed futures would nest as deeply as there are pages.
        Promise<Found> promise = Promise.promise();
        forward(offset, offset, 0, new Events(), promise);
        return promise.future();
    }

    /** @param oldest the oldest offset that was kept when the read began; 0 for the first page */
    private void forward(long start, long from, long oldest, Events found, Promise<Found> promise) {
        page(from, PAGE).compose(this::part).onComplete(done -> {
            if (done.failed()) {
                promise.fail(done.cause());
                return;
            }
            HistoryPage page = done.result().page();
            long kept = oldest == 0 ? page.oldest() : oldest;
            if (oldest != 0 && page.oldest() > from + 1) {
                // Removed meanwhile: the next read begins here, and is told of the gap.
                promise.complete(
                        new Found(List.copyOf(found.events), new Position(page.epoch(), from), true, null, kept));
                return;
            }
            for (CommittedEvent event : done.result().visible()) {
                if (!found.full(limit)) {
                    found.push(event, limit);
                }
            }
            long end = end(page, from);
            if (found.full(limit) || end >= page.head() || end <= from) {
                promise.complete(
                        new Found(List.copyOf(found.events), new Position(page.epoch(), start), false, null, kept));
            } else if (isTimeUp(found)) {
                promise.complete(
                        new Found(List.copyOf(found.events), new Position(page.epoch(), end), true, null, kept));
            } else {
                forward(start, end, kept, found, promise);
            }
        });
    }

    /** The last visible events before an offset, oldest first. */
    Future<Found> last(long before) {
        return bus.request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .compose(newest -> {
                    Promise<Found> promise = Promise.promise();
                    backward(newest, Math.min(newest.head(), before - 1), new Events(), promise);
                    return promise.future();
                });
    }

    private void backward(HistoryPage newest, long to, Events found, Promise<Found> promise) {
        boolean complete = found.full(limit) || to < newest.oldest();
        if (complete || isTimeUp(found)) {
            Position earlier = !complete
                    ? new Position(newest.epoch(), to + 1)
                    : found.full(limit) ? found.events.getFirst().position() : null;
            promise.complete(new Found(
                    List.copyOf(found.events), new Position(newest.epoch(), 0), !complete, earlier, newest.oldest()));
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

    /** The visible events of a range, which may be several pages of large events. */
    private Future<Events> range(long from, long to, Events found) {
        if (from >= to) {
            return Future.succeededFuture(found);
        }
        return page(from, (int) (to - from)).compose(this::part).compose(part -> {
            HistoryPage page = part.page();
            part.visible().forEach(event -> found.push(event, limit));
            return page.events().isEmpty() ? Future.succeededFuture(found) : range(end(page, from), to, found);
        });
    }

    private record Part(HistoryPage page, List<CommittedEvent> visible) {}

    private Future<Part> part(HistoryPage page) {
        return vertx.executeBlocking(
                () -> new Part(page, page.events().stream().filter(visible).toList()), false);
    }

    private Future<HistoryPage> page(long after, int most) {
        return gone.getAsBoolean()
                ? Future.failedFuture(
                        new MillraceException(Failure.UNAVAILABLE, "the client has closed the connection"))
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
