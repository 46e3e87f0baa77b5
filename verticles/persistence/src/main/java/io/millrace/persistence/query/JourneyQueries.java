package io.millrace.persistence.query;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.contracts.wire.Codecs;
import io.millrace.persistence.commit.ExpiredEventStore;
import io.millrace.persistence.store.RecipientsJson;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the journey of an event from its row, or the row of its drop, and from its dead letters. */
public final class JourneyQueries {
    private static final Priority[] PRIORITIES = Priority.values();

    private static final String FIND = "select e.source, e.type, s.name, e.owner, e.audience::text, e.priority,"
            + " e.publisher, e.accepted_at, e.taken_at, e.attempts, s.epoch, e.pos, e.entity_version, null, "
            + micros("e.committed_at") + ", e.entity_kind, e.entity_id, " + path("e")
            + " from events e join streams s on s.id = e.stream"
            + " where e.id = $1 and ($2::text is null or e.source = $2)"
            + " union all select d.source, d.type, d.stream, d.owner, d.audience::text, d.priority, d.publisher,"
            + " d.accepted_at, d.taken_at, d.attempts, null, null, null, d.stage, " + micros("d.dropped_at")
            + ", null, null, " + path("d") + " from dropped d where d.id = $1 and ($2::text is null or d.source = $2)"
            // The event may have been sent again, and come in time.
            + " and not exists (select from events e where e.id = d.id and e.source = d.source) limit 100";

    private static final String LETTERS =
            "select l.source, coalesce(l.edited, l.record), l.attempts, l.code, l.message, "
                    + micros("l.died_at") + ", l.state, a.by, " + micros("a.at")
                    + " from dead_letters l left join dead_letter_acts a on a.id = l.act and l.state <> 'dead'"
                    + " where l.event_id = $1 and ($2::text is null or l.source = $2) order by l.id limit 100";

    private static final CommitPath.Path[] PATHS = CommitPath.Path.values();

    private final ReadPool reads;

    public JourneyQueries(ReadPool reads) {
        this.reads = reads;
    }

    private static String micros(String column) {
        return "(extract(epoch from " + column + ") * 1000000)::bigint";
    }

    /** In rows from before V12 the path follows from the attempts. */
    private static String path(String row) {
        return "coalesce(" + row + ".path, case when " + row + ".attempts > 0 then 1 when " + row
                + ".attempts = 0 then 0 else 2 end)::smallint";
    }

    public Future<Journeys> find(JourneyQuery query) {
        Tuple parameters = Tuple.of(query.id(), query.source());
        return reads.run(FIND, parameters)
                .compose(rows -> reads.run(LETTERS, parameters).map(letters -> {
                    Map<String, Journey> bySource = new LinkedHashMap<>();
                    rows.forEach(row -> bySource.put(row.getString(0), journey(query.id(), row)));
                    letters.forEach(
                            letter -> bySource.compute(letter.getString(0), (source, journey) -> add(letter, journey)));
                    return new Journeys(List.copyOf(bySource.values()));
                }));
    }

    /** Null if the only known row is of a release that this one can't read. */
    private static @Nullable Journey add(Row letter, @Nullable Journey journey) {
        Journey known = journey;
        if (known == null) {
            try {
                Event event = Codecs.EVENT.decode(letter.getBuffer(1).getBytes());
                known = new Journey(event.envelope(), null, null, 0, null, 0, List.of());
            } catch (IllegalArgumentException unreadable) {
                return null;
            }
        }
        List<Stop> stops = new ArrayList<>(known.stops());
        int attempts = letter.getInteger(2);
        stops.add(new Stop(Happened.DEAD, letter.getLong(5), attempts, letter.getString(3), letter.getString(4), null));
        String by = letter.getString(7);
        if (by != null) {
            Happened decided = letter.getString(6).equals("discarded") ? Happened.DISCARDED : Happened.REDRIVEN;
            stops.add(new Stop(decided, letter.getLong(8), attempts, null, null, by));
        }
        return known.with(stops);
    }

    private static Journey journey(String id, Row row) {
        Short attempts = row.getShort(9);
        String droppedBy = row.getString(13);
        // An event that the router dropped had no path yet.
        CommitPath path = attempts == null || ExpiredEventStore.ROUTER.equals(droppedBy)
                ? null
                : new CommitPath(PATHS[row.getShort(17)], Math.max(1, attempts), orZero(row.getLong(8)));
        String epoch = row.getString(10);
        return new Journey(
                event(id, row),
                path,
                epoch == null ? null : new Position(epoch, row.getLong(11)),
                orZero(row.getLong(12)),
                droppedBy,
                row.getLong(14),
                List.of());
    }

    private static Event event(String id, Row row) {
        RecipientsJson people = RecipientsJson.read(row.getString(4));
        String kind = row.getString(15);
        return Event.builder(id, row.getString(1), row.getString(0))
                .priority(PRIORITIES[row.getShort(5)])
                .target(people.target())
                .exclude(people.exclude())
                .stream(row.getString(2))
                .owner(row.getString(3))
                .entity(kind == null ? null : new EntityRef(kind, row.getString(2), row.getString(16)))
                .publisher(row.getString(6))
                .acceptedAtMicros(orZero(row.getLong(7)))
                .build();
    }

    private static long orZero(@Nullable Long value) {
        return value == null ? 0 : value;
    }
}
