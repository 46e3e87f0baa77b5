package io.millrace.broadcast.hub;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.MomentQuery;
import io.millrace.contracts.Position;
import io.millrace.contracts.StateQuery;
import io.millrace.platform.Bus;
import io.millrace.platform.Node;
import io.millrace.platform.delivery.PositionSeal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Finds where a subscription begins, and whether nothing is missing there. Owned by the feed's event loop. */
final class Starts {
    /** How long a position that is ahead of this node waits for it to catch up, before the database is asked. */
    private static final int BEHIND_MS = 50;

    private final Vertx vertx;
    private final Bus bus;
    private final Histories histories;
    private final PositionSeal seal;
    private final int stateEntities;

    Starts(Vertx vertx, Node node, Histories histories, int stateEntities) {
        this.vertx = vertx;
        this.bus = node.bus();
        this.histories = histories;
        this.seal = new PositionSeal(node.tokens().keyFor("position"));
        this.stateEntities = stateEntities;
    }

    Future<Feed.Start> find(String stream, Channel channel, From from) {
        if (from instanceof From.After after) {
            return after.in(stream, channel.head.epoch(), seal).equals(Position.EMPTY)
                    ? startAtBeginning(stream, channel)
                    : startAfter(stream, channel, () -> after.in(stream, channel.head.epoch(), seal));
        }
        if (from instanceof From.Offset after) {
            return startAfter(stream, channel, () -> new Position(channel.head.epoch(), after.offset()));
        }
        if (from instanceof From.Beginning) {
            return startAtBeginning(stream, channel);
        }
        if (from instanceof From.Time time) {
            return histories
                    .turn(() -> bus.request(Addresses.MOMENT, new MomentQuery(stream, time.micros())))
                    .compose(moment -> startAfter(stream, channel, moment::position)
                            .map(start -> new Feed.Start(
                                    start.head(), start.after(), start.recovered() && moment.complete())));
        }
        if (from instanceof From.State entities) {
            return histories
                    .turn(() -> bus.request(Addresses.STATE, new StateQuery(stream, stateEntities, entities.view())))
                    .compose(state -> startAfter(stream, channel, state::position)
                            .map(start -> new Feed.Start(start.head(), start.after(), start.recovered(), state)));
        }
        return Future.succeededFuture(new Feed.Start(channel.head, channel.head, true));
    }

    private Future<Feed.Start> startAfter(String stream, Channel channel, Supplier<Position> asked) {
        Position after = asked.get();
        Position head = channel.head;
        boolean sameEpoch = after.epoch().equals(head.epoch());
        if (sameEpoch ? after.offset() > head.offset() : head.epoch().equals(Position.NO_EPOCH)) {
            return vertx.timer(BEHIND_MS, TimeUnit.MILLISECONDS)
                    .compose(later -> channel.head.equals(head)
                            ? behind(stream, channel, asked, after)
                            : startAfter(stream, channel, asked));
        }
        if (!sameEpoch) {
            return Future.succeededFuture(
                    new Feed.Start(head, head, after.equals(Position.EMPTY) && head.offset() == 0));
        }
        if (after.offset() == head.offset() || channel.recent.reaches(after.offset() + 1)) {
            return Future.succeededFuture(new Feed.Start(head, after, true));
        }
        return histories
                .page(new HistoryQuery(stream, after.offset(), 1, false))
                .map(page -> page.oldest() <= after.offset() + 1
                        // What came while history was asked is on its way to the hub already.
                        ? new Feed.Start(channel.head, after, true)
                        : new Feed.Start(channel.head, channel.head, false));
    }

    /** The client comes from a node that knew more: what the database has comes here too, within a second. */
    private Future<Feed.Start> behind(String stream, Channel channel, Supplier<Position> asked, Position after) {
        return histories
                .page(new HistoryQuery(stream, 0, 1, true))
                .compose(page -> page.epoch().equals(after.epoch()) && page.head() >= after.offset()
                        ? startAfter(stream, channel, asked)
                        : Future.succeededFuture(new Feed.Start(channel.head, channel.head, false)));
    }

    /** With the oldest that is kept; what was removed before it is missing. */
    private Future<Feed.Start> startAtBeginning(String stream, Channel channel) {
        if (channel.head.offset() == 0 || channel.recent.reaches(1)) {
            return Future.succeededFuture(new Feed.Start(channel.head, new Position(channel.head.epoch(), 0), true));
        }
        return histories
                .page(new HistoryQuery(stream, 0, 1, false))
                .map(page -> new Feed.Start(
                        channel.head, new Position(channel.head.epoch(), page.oldest() - 1), page.oldest() <= 1));
    }
}
