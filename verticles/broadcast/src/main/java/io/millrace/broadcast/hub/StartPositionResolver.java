package io.millrace.broadcast.hub;

import io.millrace.broadcast.history.HistoryLoader;
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

/** Finds where a subscription starts, and whether nothing is missing there. Owned by the dispatcher's event loop. */
final class StartPositionResolver {
    /** How long a start position ahead of this node waits for the node to catch up, before the database is asked. */
    private static final int BEHIND_MS = 50;

    private final Vertx vertx;
    private final Bus bus;
    private final HistoryLoader history;
    private final PositionCipher cipher;
    private final int stateEntities;

    StartPositionResolver(Vertx vertx, NodeContext node, HistoryLoader history, int stateEntities) {
        this.vertx = vertx;
        this.bus = node.bus();
        this.history = history;
        this.cipher = new PositionCipher(node.tokens().keyFor("position"));
        this.stateEntities = stateEntities;
    }

    Future<StreamDispatcher.Start> find(String stream, StreamDispatcher.FollowedStream followed, StartPosition from) {
        if (followed.newestOnly) {
            return Future.succeededFuture(startAtNewest(stream, followed.head, from));
        }
        if (from instanceof StartPosition.After after) {
            return after.in(stream, followed.head.epoch(), cipher).equals(Position.EMPTY)
                    ? startAtBeginning(stream, followed)
                    : startAfter(stream, followed, () -> after.in(stream, followed.head.epoch(), cipher));
        }
        if (from instanceof StartPosition.Offset after) {
            return startAfter(stream, followed, () -> new Position(followed.head.epoch(), after.offset()));
        }
        if (from instanceof StartPosition.Beginning) {
            return startAtBeginning(stream, followed);
        }
        if (from instanceof StartPosition.Time time) {
            return history.enqueue(
                            () -> bus.request(Addresses.POSITION_AT, new PositionAtTimeQuery(stream, time.micros())))
                    .compose(moment -> startAfter(stream, followed, moment::position)
                            .map(start -> new StreamDispatcher.Start(
                                    start.head(), start.after(), start.recovered() && moment.complete())));
        }
        if (from instanceof StartPosition.State entities) {
            return history.enqueue(() -> bus.request(
                            Addresses.STATE, new EntitySnapshotQuery(stream, stateEntities, entities.view())))
                    .compose(state -> startAfter(stream, followed, state::position)
                            .map(start ->
                                    new StreamDispatcher.Start(start.head(), start.after(), start.recovered(), state)));
        }
        return Future.succeededFuture(new StreamDispatcher.Start(followed.head, followed.head, true));
    }

    /** Before the newest event, unless the client has that one. Nothing is missing: it supersedes all before it. */
    private StreamDispatcher.Start startAtNewest(String stream, Position head, StartPosition from) {
        boolean known = (from instanceof StartPosition.After after
                        && after.in(stream, head.epoch(), cipher).equals(head))
                || (from instanceof StartPosition.Offset offset && offset.offset() == head.offset());
        return new StreamDispatcher.Start(
                head, known || head.offset() == 0 ? head : new Position(head.epoch(), head.offset() - 1), true);
    }

    private Future<StreamDispatcher.Start> startAfter(
            String stream, StreamDispatcher.FollowedStream followed, Supplier<Position> asked) {
        Position after = asked.get();
        Position head = followed.head;
        boolean sameEpoch = after.epoch().equals(head.epoch());
        if (sameEpoch ? after.offset() > head.offset() : head.epoch().equals(Position.NO_EPOCH)) {
            return vertx.timer(BEHIND_MS, TimeUnit.MILLISECONDS)
                    .compose(later -> followed.head.equals(head)
                            ? behind(stream, followed, asked, after)
                            : startAfter(stream, followed, asked));
        }
        if (!sameEpoch) {
            return Future.succeededFuture(
                    new StreamDispatcher.Start(head, head, after.equals(Position.EMPTY) && head.offset() == 0));
        }
        if (after.offset() == head.offset() || followed.recent.reaches(after.offset() + 1)) {
            return Future.succeededFuture(new StreamDispatcher.Start(head, after, true));
        }
        return history.page(new HistoryQuery(stream, after.offset(), 1, false))
                // Events that came while history was read have been dispatched to the hub already. What isn't kept any
                // more is
                // told by a gap, before the events that are.
                .map(page -> new StreamDispatcher.Start(followed.head, after, page.oldest() <= after.offset() + 1));
    }

    /** The client comes from a node that was ahead: what is in the database arrives here within a second, too. */
    private Future<StreamDispatcher.Start> behind(
            String stream, StreamDispatcher.FollowedStream followed, Supplier<Position> asked, Position after) {
        return history.page(new HistoryQuery(stream, 0, 1, true))
                .compose(page -> page.epoch().equals(after.epoch()) && page.head() >= after.offset()
                        ? startAfter(stream, followed, asked)
                        : Future.succeededFuture(new StreamDispatcher.Start(followed.head, followed.head, false)));
    }

    /** Starts at the oldest event that is kept; older ones are missing. */
    private Future<StreamDispatcher.Start> startAtBeginning(String stream, StreamDispatcher.FollowedStream followed) {
        if (followed.head.offset() == 0 || followed.recent.reaches(1)) {
            return Future.succeededFuture(
                    new StreamDispatcher.Start(followed.head, new Position(followed.head.epoch(), 0), true));
        }
        return history.page(new HistoryQuery(stream, 0, 1, false))
                .map(page -> new StreamDispatcher.Start(
                        followed.head, new Position(followed.head.epoch(), page.oldest() - 1), page.oldest() <= 1));
    }
}
