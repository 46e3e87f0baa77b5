package io.millrace.persistence;

import io.millrace.contracts.Event;
import io.millrace.contracts.Journey;
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.Journeys;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells what became of an event, from the row that it is or was dropped with. */
final class JourneyReads {
    private static final Priority[] PRIORITIES = Priority.values();
    private static final byte[] NOTHING = {'{', '}'};

    private static final String FIND = "select e.source, e.type, s.name, e.owner, e.audience::text, e.priority,"
            + " e.publisher, e.accepted_at, e.taken_at, e.attempts, s.epoch, e.pos, e.entity_version, null, "
            + micros("e.committed_at") + " from events e join streams s on s.id = e.stream"
            + " where e.id = $1 and ($2::text is null or e.source = $2)"
            + " union all select d.source, d.type, d.stream, d.owner, d.audience::text, d.priority, d.publisher,"
            + " d.accepted_at, d.taken_at, d.attempts, null, null, null, d.stage, " + micros("d.dropped_at")
            + " from dropped d where d.id = $1 and ($2::text is null or d.source = $2)"
            // Sent again, it may have come in time.
            + " and not exists (select from events e where e.id = d.id and e.source = d.source) limit 100";

    private final Reads reads;

    JourneyReads(Reads reads) {
        this.reads = reads;
    }

    private static String micros(String column) {
        return "(extract(epoch from " + column + ") * 1000000)::bigint";
    }

    Future<Journeys> find(JourneyQuery query) {
        return reads.run(FIND, Tuple.of(query.id(), query.source())).map(rows -> {
            List<Journey> journeys = new ArrayList<>();
            for (Row row : rows) {
                journeys.add(journey(query.id(), row));
            }
            return new Journeys(journeys);
        });
    }

    private static Journey journey(String id, Row row) {
        Short attempts = row.getShort(9);
        String droppedBy = row.getString(13);
        // What the router dropped had no path yet.
        Passage passage = attempts == null || Dropped.ROUTER.equals(droppedBy)
                ? null
                : Columns.passage(attempts, orZero(row.getLong(8)));
        String epoch = row.getString(10);
        return new Journey(
                event(id, row),
                passage,
                epoch == null ? null : new Position(epoch, row.getLong(11)),
                orZero(row.getLong(12)),
                droppedBy,
                row.getLong(14));
    }

    private static Event event(String id, Row row) {
        People people = People.read(row.getString(4));
        return new Event(
                id,
                row.getString(1),
                row.getString(0),
                0,
                PRIORITIES[row.getShort(5)],
                NOTHING,
                NOTHING,
                0,
                Event.ANY_VERSION,
                people.target(),
                people.exclude(),
                row.getString(2),
                row.getString(3),
                null,
                row.getString(6),
                orZero(row.getLong(7)));
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
