package io.millrace.broadcast.hub;

import io.millrace.broadcast.replay.HistoryLoader;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Finds where a subscription begins, and whether nothing is missing there. Owned by the feed's event loop. */
final class StartPositionResolver {
    /** How long a position that is ahead of this node waits for it to catch up, before the database is asked. */
    private static final int BEHIND_MS = 50;

    private final Vertx vertx;
    private final Bus bus;
    private final HistoryLoader histories;
    private final PositionCipher seal;
    private final int stateEntities;

    StartPositionResolver(Vertx vertx, NodeContext node, HistoryLoader histories, int stateEntities) {
        this.vertx = vertx;
        this.bus = node.bus();
        this.histories = histories;
        this.seal = new PositionCipher(node.tokens().keyFor("position"));
        this.stateEntities = stateEntities;
    }

    Future<StreamDispatcher.Start> find(String stream, StreamDispatcher.FollowedStream channel, StartPosition from) {
        if (from instanceof StartPosition.After after) {
            return after.in(stream, channel.head.epoch(), seal).equals(Position.EMPTY)
                    ? startAtBeginning(stream, channel)
                    : startAfter(stream, channel, () -> after.in(stream, channel.head.epoch(), seal));
        }
        if (from instanceof StartPosition.Offset after) {
            return startAfter(stream, channel, () -> new Position(channel.head.epoch(), after.offset()));
        }
        if (from instanceof StartPosition.Beginning) {
            return startAtBeginning(stream, channel);
        }
        if (from instanceof StartPosition.Time time) {
            return histories
                    .turn(() -> bus.request(Addresses.MOMENT, new PositionAtTimeQuery(stream, time.micros())))
                    .compose(moment -> startAfter(stream, channel, moment::position)
                            .map(start -> new StreamDispatcher.Start(
                                    start.head(), start.after(), start.recovered() && moment.complete())));
        }
        if (from instanceof StartPosition.State entities) {
            return histories
                    .turn(() -> bus.request(
                            Addresses.STATE, new EntitySnapshotQuery(stream, stateEntities, entities.view())))
                    .compose(state -> startAfter(stream, channel, state::position)
                            .map(start ->
                                    new StreamDispatcher.Start(start.head(), start.after(), start.recovered(), state)));
        }
        return Future.succeededFuture(new StreamDispatcher.Start(channel.head, channel.head, true));
    }

    private Future<StreamDispatcher.Start> startAfter(
            String stream, StreamDispatcher.FollowedStream channel, Supplier<Position> asked) {
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
                    new StreamDispatcher.Start(head, head, after.equals(Position.EMPTY) && head.offset() == 0));
        }
        if (after.offset() == head.offset() || channel.recent.reaches(after.offset() + 1)) {
            return Future.succeededFuture(new StreamDispatcher.Start(head, after, true));
        }
        return histories
                .page(new HistoryQuery(stream, after.offset(), 1, false))
                .map(page -> page.oldest() <= after.offset() + 1
                        // What came while history was asked is on its way to the hub already.
                        ? new StreamDispatcher.Start(channel.head, after, true)
                        : new StreamDispatcher.Start(channel.head, channel.head, false));
    }

    /** The client comes from a node that knew more: what the database has comes here too, within a second. */
    private Future<StreamDispatcher.Start> behind(
            String stream, StreamDispatcher.FollowedStream channel, Supplier<Position> asked, Position after) {
        return histories
                .page(new HistoryQuery(stream, 0, 1, true))
                .compose(page -> page.epoch().equals(after.epoch()) && page.head() >= after.offset()
                        ? startAfter(stream, channel, asked)
                        : Future.succeededFuture(new StreamDispatcher.Start(channel.head, channel.head, false)));
    }

    /** With the oldest that is kept; what was removed before it is missing. */
    private Future<StreamDispatcher.Start> startAtBeginning(String stream, StreamDispatcher.FollowedStream channel) {
        if (channel.head.offset() == 0 || channel.recent.reaches(1)) {
            return Future.succeededFuture(
                    new StreamDispatcher.Start(channel.head, new Position(channel.head.epoch(), 0), true));
        }
        return histories
                .page(new HistoryQuery(stream, 0, 1, false))
                .map(page -> new StreamDispatcher.Start(
                        channel.head, new Position(channel.head.epoch(), page.oldest() - 1), page.oldest() <= 1));
    }
}
