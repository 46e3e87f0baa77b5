package io.millrace.sinks.follow;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.stream.StreamsQuery;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.postgres.lease.Lease;
import io.millrace.sinks.message.Sink;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;

/** Where a sink begins that has never run. Belongs to one event loop. */
final class SinkStart {
    private static final String BEGUN = "begun";
    private static final int PAGE = 100;

    private final Sink sink;
    private final Bus bus;
    private final SinkPositions positions;

    SinkStart(Sink sink, Bus bus, SinkPositions positions) {
        this.sink = sink;
        this.bus = bus;
        this.positions = positions;
    }

    /** Sets the positions of a sink's first start, and remembers that, so that it happens once. */
    Future<Void> ensure(Lease lease) {
        JsonObject progress = lease.progress();
        if (progress != null && progress.getBoolean(BEGUN, false)) {
            return Future.succeededFuture();
        }
        JsonObject begun = (progress == null ? new JsonObject() : progress.copy()).put(BEGUN, true);
        return set(lease).compose(set -> lease.save(begun));
    }

    private Future<Void> set(Lease lease) {
        ResumePoint start = sink.start();
        if (start == null) {
            return positions.beginAtEnds(lease, sink.streams());
        }
        if (start instanceof ResumePoint.Time time) {
            return atTime(lease, time.micros(), "");
        }
        if (start instanceof ResumePoint.Told told) {
            Position position = Position.parse(told.position());
            if (position == null) {
                return Future.failedFuture(
                        new MillraceException(Failure.BAD_MESSAGE, "start is not a position: " + told.position()));
            }
            return positions.save(lease, sink.streams().names().get(0), position);
        }
        return Future.succeededFuture();
    }

    /** Page by page, so that any number of streams takes little memory. */
    private Future<Void> atTime(Lease lease, long micros, String after) {
        StreamsQuery query =
                new StreamsQuery(sink.streams().names(), sink.streams().prefixes(), after, PAGE);
        return bus.request(Addresses.STREAMS, query).compose(found -> {
            List<Heads.Head> heads = found.heads();
            if (heads.isEmpty()) {
                return Future.succeededFuture();
            }
            List<Future<Void>> set = heads.stream()
                    .map(head -> bus.request(Addresses.POSITION_AT, new PositionAtTimeQuery(head.stream(), micros))
                            .compose(at -> positions.save(lease, head.stream(), at.position())))
                    .toList();
            return Future.all(set).compose(all -> atTime(lease, micros, heads.get(heads.size() - 1).stream()));
        });
    }
}
