package io.millrace.persistence.query;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.stream.Heads;
import io.millrace.contracts.stream.HeadsQuery;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.contracts.stream.PositionAtTimeQuery;
import io.millrace.contracts.stream.StreamsQuery;
import io.millrace.persistence.store.RecipientsJson;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads committed events, stream heads and snapshots. */
public final class HistoryQueries {
    private static final int MAX_LIMIT = 1_000;
    private static final int FEWEST = 16;
    private static final Priority[] PRIORITIES = Priority.values();

    private static final String STREAM = "select id, epoch, head, oldest, changed_at from streams s where name = $1";
    /** As many events as have {@code $5} bytes together, and at least one, from the start of the page in the order {@code asc} or
     * {@code desc}. */
    private static final String EVENTS = "select pos, id, source, type,"
            + " (extract(epoch from time) * 1000000)::bigint, priority, data::text, metadata::text, audience::text, owner,"
            + " entity_kind, entity_id, entity_version, publisher,"
            + " (extract(epoch from committed_at) * 1000000)::bigint, previous_owner"
            + " from (select *, sum(octet_length(data::text) + coalesce(octet_length(metadata::text), 0)) over"
            + " (order by pos %1$s rows between unbounded preceding and 1 preceding) as before from (select * from events"
            + " where stream = $1 and pos > $2 and pos <= $3 order by pos %1$s limit $4) page) measured"
            + " where coalesce(before, 0) < $5 order by pos";

    private static final String EVENTS_AFTER = EVENTS.formatted("asc");
    private static final String LAST_EVENTS = EVENTS.formatted("desc");
    private static final String HEADS = "select name, epoch, head from streams"
            + " where head > 0 and ($1::int = 0 or changed_at > now() - $1::int * interval '1 millisecond')";
    private static final String STREAMS =
            "select name, epoch, head from streams where head > 0 and name > $3 collate \"C\" and"
                    + " (name = any($1::text[]) or exists (select from unnest($2::text[]) prefix where starts_with(name, prefix)))"
                    + " order by name collate \"C\" limit $4";
    /** How many of a stream's last events are read for each entity of a snapshot that can't have all entities. */
    private static final int EVENTS_EACH = 4;
    /** How many entities are looked at for each that may be added to such a snapshot, where their last events are removed. */
    private static final int OTHERS_EACH = 4;

    /**
     * A snapshot of all entities comes from the index. If there are too many, the stream's last events show which
     * changed last: sorting a million entities took seconds. Where history has removed these events, other entities come after
     * them, in no order. The snapshot ends at the byte limit, but has at least one
     * entity.
     */
    private static final String STATE =
            "with s as materialized (select id, epoch, head, oldest, exists (select from entities e"
                    + " where e.stream = known.id and not gone offset $2::int) as many from streams known where name = $1),"
                    + " all_of_few as (select kind, id, version, state::text, pos from entities"
                    + " where stream = (select id from s where not many) and not gone),"
                    + " last_of_many as (select e.kind, e.id, e.version, e.state::text, e.pos from (select stream, pos, entity_kind,"
                    + " entity_id from events where stream = (select id from s where many) order by pos desc limit $2::int * "
                    + EVENTS_EACH
                    + ") latest cross join lateral (select * from entities e where e.kind = latest.entity_kind"
                    + " and e.id = latest.entity_id and e.pos = latest.pos and e.stream = latest.stream and not gone offset 0) e"
                    + " order by e.pos desc limit $2::int),"
                    + " others_of_many as (select kind, id, version, state::text, pos from (select * from entities"
                    + " where stream = (select id from s where many and oldest > 1) and not gone limit $2::int * "
                    + OTHERS_EACH
                    + ") e where pos < (select oldest from s) limit greatest(0, $2::int - (select count(*) from last_of_many))),"
                    + " measured as (select told.*, count(*) over () as found, coalesce(sum(octet_length(state)) over"
                    + " (order by pos desc rows between unbounded preceding and 1 preceding), 0) as before"
                    + " from (table all_of_few union all table last_of_many union all table others_of_many) told)"
                    + " select s.epoch, s.head, kind, m.id, version, state,"
                    + " many or coalesce(found > row_number() over (order by pos desc), false)"
                    + " from s left join (select * from measured where before < $3::bigint) m on true order by pos desc";

    /** The same for the entities that one user sees: all of some kinds, and the user's own of others. */
    private static final String SEEN_STATE =
            "with s as materialized (select id, epoch, head from streams where name = $1),"
                    + " seen as materialized (select * from (select kind, id, version, state::text, pos from entities"
                    + " where stream = (select id from s) and not gone and kind = any($4::text[])"
                    + " union all select kind, id, version, state::text, pos from entities"
                    + " where stream = (select id from s) and not gone and kind = any($5::text[]) and owner = $6) both_ways"
                    + " order by pos desc limit $2::int + 1),"
                    + " measured as (select seen.*, count(*) over () as found, row_number() over (order by pos desc) as number,"
                    + " coalesce(sum(octet_length(state)) over"
                    + " (order by pos desc rows between unbounded preceding and 1 preceding), 0) as before from seen)"
                    + " select s.epoch, s.head, kind, m.id, version, state, coalesce(found > number, false)"
                    + " from s left join (select * from measured where before < $3::bigint and number <= $2::int) m on true"
                    + " order by pos desc";

    /**
     * The first event committed at or after a time, by binary search: {@code committed_at} is taken under the stream's
     * lock and rises with the position. Removed events count as earlier. Nothing is missing either if the stream has not
     * changed since that time.
     */
    private static final String MOMENT = "with recursive s as (" + STREAM
            + "), search (first, last) as (select oldest, head + 1 from s union all"
            + " select case when earlier then middle + 1 else first end, case when earlier then last else middle end"
            + " from (select first, last, (first + last) / 2 as middle, coalesce((select committed_at <"
            + " timestamptz 'epoch' + $2::bigint * interval '1 microsecond' from events"
            + " where stream = s.id and pos = (first + last) / 2), true) as earlier from search, s where first < last) step)"
            + " select epoch, oldest, (select first from search where first = last),"
            + " changed_at < timestamptz 'epoch' + $2::bigint * interval '1 microsecond' from s";

    private static final byte[] NO_METADATA = {'{', '}'};

    private final ReadPool reads;
    private final int maxEntities;
    private final long maxStateBytes;
    private final long maxPageBytes;
    /** The number of rows to read for streams whose pages reached the byte limit. */
    private final Cache<String, Integer> fitting =
            Caffeine.newBuilder().maximumSize(10_000).build();

    /**
     * @param maxEntities the largest number of entities in one {@link EntitySnapshot}
     * @param maxStateBytes the largest number of bytes in one snapshot, without its last entity
     * @param maxPageBytes the largest number of bytes in one {@link HistoryPage}, without its last event
     */
    public HistoryQueries(ReadPool reads, int maxEntities, long maxStateBytes, long maxPageBytes) {
        this.reads = reads;
        this.maxEntities = maxEntities;
        this.maxStateBytes = maxStateBytes;
        this.maxPageBytes = maxPageBytes;
    }

    public Future<HistoryPage> page(HistoryQuery query) {
        int limit = Math.min(query.limit(), MAX_LIMIT);
        return reads.run(STREAM, Tuple.of(query.stream())).compose(found -> {
            if (found.size() == 0) {
                return Future.succeededFuture(new HistoryPage(query.stream(), Position.NO_EPOCH, 1, 0, List.of()));
            }
            Row stream = found.iterator().next();
            String epoch = stream.getString(1);
            long head = stream.getLong(2);
            // Entries of removed events stay in the index until it is vacuumed.
            long after = Math.max(stream.getLong(3) - 1, query.last() ? head - limit : query.after());
            int rows = Math.min(limit, Objects.requireNonNullElse(fitting.getIfPresent(query.stream()), limit));
            return reads.run(
                            query.last() ? LAST_EVENTS : EVENTS_AFTER,
                            Tuple.of(stream.getInteger(0), after, head, rows, maxPageBytes))
                    .map(read -> {
                        long oldest = query.last() ? stream.getLong(3) : oldest(stream.getLong(3), after, head, read);
                        long there = Math.min(rows, head - Math.max(after, oldest - 1));
                        adaptPageSize(query.stream(), rows, there, read.size());
                        return new HistoryPage(
                                query.stream(), epoch, oldest, head, events(query.stream(), epoch, read));
                    });
        });
    }

    /** Events may be removed between the two statements: then those that are missing at the beginning of the page were. */
    private static long oldest(long known, long after, long head, RowSet<Row> page) {
        long first = page.size() == 0 ? head + 1 : page.iterator().next().getLong(0);
        return first - 1 > Math.max(after, known - 1) ? first : known;
    }

    /**
     * PostgreSQL reads the rows that don't fit, too, so if few fit, the next page reads fewer. A page that is short because the
     * stream ends says nothing of how many fit.
     */
    private void adaptPageSize(String stream, int asked, long there, int fitted) {
        if (fitted < there / 2) {
            fitting.put(stream, Math.max(FEWEST, fitted * 2));
        } else if (fitted == asked) {
            fitting.asMap().computeIfPresent(stream, (name, rows) -> rows >= MAX_LIMIT ? null : rows * 2);
        }
    }

    public Future<Heads> heads(HeadsQuery query) {
        return reads.run(HEADS, Tuple.of(query.changedWithinMs())).map(HistoryQueries::headsOf);
    }

    public Future<Heads> streams(StreamsQuery query) {
        Object names = query.names().toArray(String[]::new);
        Object prefixes = query.prefixes().toArray(String[]::new);
        return reads.run(STREAMS, Tuple.of(names, prefixes, query.after(), Math.min(query.limit(), MAX_LIMIT)))
                .map(HistoryQueries::headsOf);
    }

    private static Heads headsOf(RowSet<Row> rows) {
        List<Heads.Head> heads = new ArrayList<>();
        for (Row row : rows) {
            heads.add(new Heads.Head(row.getString(0), row.getString(1), row.getLong(2)));
        }
        return new Heads(heads);
    }

    public Future<EntitySnapshot> state(EntitySnapshotQuery query) {
        Tuple parameters = Tuple.of(query.stream(), Math.min(query.limit(), maxEntities), maxStateBytes);
        EntitySnapshotQuery.View view = query.view();
        if (view != null) {
            parameters
                    .addValue(view.all().toArray(String[]::new))
                    .addValue(view.own().toArray(String[]::new))
                    .addValue(view.user());
        }
        return reads.run(view == null ? STATE : SEEN_STATE, parameters).map(rows -> {
            Position position = Position.EMPTY;
            boolean more = false;
            List<EntitySnapshot.Entity> entities = new ArrayList<>(rows.size());
            for (Row row : rows) {
                position = new Position(row.getString(0), row.getLong(1));
                // A stream without entities is a single row without an entity.
                byte[] state = bytes(row.getString(5));
                if (state != null) {
                    entities.add(new EntitySnapshot.Entity(
                            new EntityRef(row.getString(2), query.stream(), row.getString(3)), row.getLong(4), state));
                }
                // The last row says whether there are further ones.
                more = row.getBoolean(6);
            }
            return new EntitySnapshot(query.stream(), position, entities, !more);
        });
    }

    public Future<PositionAtTime> positionAt(PositionAtTimeQuery query) {
        return reads.run(MOMENT, Tuple.of(query.stream(), query.micros())).map(rows -> {
            if (rows.size() == 0) {
                return new PositionAtTime(Position.EMPTY, true);
            }
            Row row = rows.iterator().next();
            long oldest = row.getLong(1);
            long first = row.getLong(2);
            return new PositionAtTime(
                    new Position(row.getString(0), first - 1), oldest == 1 || first > oldest || row.getBoolean(3));
        });
    }

    private static List<CommittedEvent> events(String stream, String epoch, RowSet<Row> rows) {
        List<CommittedEvent> events = new ArrayList<>(rows.size());
        for (Row row : rows) {
            Long version = row.getLong(12);
            events.add(new CommittedEvent(
                    event(stream, row),
                    new Position(epoch, row.getLong(0)),
                    version == null ? 0 : version,
                    null,
                    null,
                    row.getString(15)));
        }
        return events;
    }

    private static Event event(String stream, Row row) {
        RecipientsJson people = RecipientsJson.read(row.getString(8));
        byte[] metadata = bytes(row.getString(7));
        String kind = row.getString(10);
        return Event.builder(row.getString(1), row.getString(3), row.getString(2))
                .timeMicros(row.getLong(4))
                .priority(PRIORITIES[row.getShort(5)])
                .data(row.getString(6).getBytes(StandardCharsets.UTF_8))
                .metadata(metadata == null ? NO_METADATA : metadata)
                .target(people.target())
                .exclude(people.exclude())
                .stream(stream)
                .owner(row.getString(9))
                .entity(kind == null ? null : new EntityRef(kind, stream, row.getString(11)))
                .publisher(row.getString(13))
                .acceptedAtMicros(row.getLong(14))
                .build();
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
