package io.millrace.api;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Position;
import io.millrace.platform.Bus;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * History as a reader sees it who may see only a part: what is hidden is passed over, and neither the length of a page nor
 * where it ends depends on it. Reads on until there are as many events as were asked for. Owned by the event loop that asks.
 */
final class VisibleHistory {
    /** Events that one request looks through: a bound on its work, after which the page ends wherever it is. */
    private static final int MOST_READ = 20_000;

    private static final int PAGE = 1_000;

    private final Bus bus;
    private final String stream;
    private final Predicate<Committed> visible;
    private final int limit;
    private int read;

    /**
     * Some visible events.
     *
     * @param next where to read on: the last of them, or where the reader was
     */
    record Found(List<Committed> events, Position next) {}

    /**
     * @param limit events that are wanted
     */
    VisibleHistory(Bus bus, String stream, Predicate<Committed> visible, int limit) {
        this.bus = bus;
        this.stream = stream;
        this.visible = visible;
        this.limit = limit;
    }

    /** The first visible events after an offset. */
    Future<Found> after(long offset) {
        return forward(offset, offset, new ArrayList<>());
    }

    private Future<Found> forward(long start, long from, List<Committed> found) {
        return page(from, PAGE).compose(page -> {
            for (Committed event : page.events()) {
                if (found.size() < limit && visible.test(event)) {
                    found.add(event);
                }
            }
            long end = end(page, from);
            if (found.size() < limit && end < page.head() && read < MOST_READ) {
                return forward(start, end, found);
            }
            boolean brokenOff = found.size() < limit && end < page.head();
            long last = brokenOff ? end : found.isEmpty() ? start : offset(found.get(found.size() - 1));
            return Future.succeededFuture(new Found(found, new Position(page.epoch(), last)));
        });
    }

    /** The last visible events, oldest first. */
    Future<Found> last() {
        return bus.request(Addresses.HISTORY, new HistoryQuery(stream, 0, 1, true))
                .compose(newest -> backward(newest, newest.head(), List.of()));
    }

    private Future<Found> backward(HistoryPage newest, long to, List<Committed> found) {
        if (found.size() >= limit || to < newest.oldest() || read >= MOST_READ) {
            List<Committed> last = found.subList(Math.max(0, found.size() - limit), found.size());
            long end = last.isEmpty() ? 0 : offset(last.get(last.size() - 1));
            return Future.succeededFuture(new Found(last, new Position(newest.epoch(), end)));
        }
        long from = Math.max(newest.oldest() - 1, to - PAGE);
        return range(from, to, new ArrayList<>()).compose(older -> {
            List<Committed> both = new ArrayList<>(older);
            both.addAll(found);
            return backward(newest, from, both);
        });
    }

    /** The visible events of a stretch, which may be several pages of large ones. */
    private Future<List<Committed>> range(long from, long to, List<Committed> found) {
        if (from >= to) {
            return Future.succeededFuture(found);
        }
        return page(from, (int) (to - from)).compose(page -> {
            page.events().stream().filter(visible).forEach(found::add);
            return page.events().isEmpty() ? Future.succeededFuture(found) : range(end(page, from), to, found);
        });
    }

    private Future<HistoryPage> page(long after, int most) {
        return bus.request(Addresses.HISTORY, new HistoryQuery(stream, after, most, false))
                .onSuccess(page -> read += Math.max(1, page.events().size()));
    }

    private static long end(HistoryPage page, long from) {
        List<Committed> events = page.events();
        return events.isEmpty() ? Math.max(from, page.head()) : offset(events.get(events.size() - 1));
    }

    private static long offset(Committed event) {
        return Objects.requireNonNull(event.position()).offset();
    }
}
