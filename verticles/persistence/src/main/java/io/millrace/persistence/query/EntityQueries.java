package io.millrace.persistence.query;

import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.persistence.store.RecipientsJson;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads entities: one, how it came to be, or those of a kind in a stream. */
public final class EntityQueries {
    /** The rows whose sizes PostgreSQL sums up for one page. */
    private static final int MAX_LIMIT = 100;

    private static final String ENTITY = "select e.version, e.state::text, s.epoch, e.pos from entities e"
            + " join streams s on s.id = e.stream where e.kind = $1 and s.name = $2 and e.id = $3";

    /** As many rows as have {@code $5} bytes together, and at least one; each says whether there are further ones. */
    private static final String LIST = "select id, version, state, found > row_number() over (order by id) from"
            + " (select page.*, count(*) over () as found, coalesce(sum(octet_length(state)) over"
            + " (order by id rows between unbounded preceding and 1 preceding), 0) as before from"
            + " (select id, version, state::text as state from entities"
            + " where stream = (select id from streams where name = $1) and kind = $2 and id > $3%s and not gone"
            + " order by id limit $4::int + 1) page) measured where before < $5::bigint order by id limit $4::int";

    private static final String ALL = LIST.formatted("");
    private static final String OWN = LIST.formatted(" and owner = $6");

    /**
     * By the primary keys of {@code changes} and {@code events}; bounded as {@link #LIST} is, patches and the events' data
     * each for itself.
     */
    private static final String HISTORY =
            "select c.version, (extract(epoch from c.at) * 1000000)::bigint, c.after, c.before,"
                    + " found > row_number() over (order by version desc), s.epoch, c.pos, c.event, c.source, c.type, c.owner,"
                    + " c.audience, c.publisher, c.data from (select page.*, e.id as event, e.source, e.type, e.owner,"
                    + " e.audience::text as audience, coalesce(e.publisher, page.by) as publisher,"
                    + " e.data::text as data, count(*) over () as found,"
                    + " greatest(sum(coalesce(octet_length(after), 0) + coalesce(octet_length(before), 0)) over earlier,"
                    + " sum(octet_length(e.data::text)) over earlier) as bytes from"
                    + " (select version, stream, pos, by, at, after::text as after, before::text as before from changes"
                    + " where stream = (select id from streams where name = $1) and kind = $2 and id = $3 and version < $4"
                    + " order by version desc limit $5::int + 1) page"
                    + " left join events e on e.stream = page.stream and e.pos = page.pos"
                    + " window earlier as (order by version desc rows between unbounded preceding and 1 preceding)) c"
                    + " join streams s on s.id = c.stream"
                    + " where coalesce(bytes, 0) < $6::bigint order by version desc limit $5::int";

    private final ReadPool reads;

    public EntityQueries(ReadPool reads) {
        this.reads = reads;
    }

    public Future<EntityState> one(EntityQuery query) {
        EntityRef ref = query.entity();
        return reads.run(ENTITY, Tuple.of(ref.kind(), ref.stream(), ref.id())).map(rows -> {
            if (rows.size() == 0) {
                return new EntityState(ref, 0, null, Position.EMPTY, EntityState.Level.DATABASE);
            }
            Row row = rows.iterator().next();
            return new EntityState(
                    ref,
                    row.getLong(0),
                    bytes(row.getString(1)),
                    new Position(row.getString(2), row.getLong(3)),
                    EntityState.Level.DATABASE);
        });
    }

    public Future<EntityPage> list(EntityListQuery query) {
        int limit = Math.min(query.limit(), MAX_LIMIT);
        Tuple parameters = Tuple.of(query.stream(), query.kind(), query.after(), limit, query.bytes());
        if (query.owner() != null) {
            parameters.addString(query.owner());
        }
        return reads.run(query.owner() == null ? ALL : OWN, parameters).map(rows -> {
            List<EntitySnapshot.Entity> entities = new ArrayList<>(rows.size());
            boolean more = false;
            for (Row row : rows) {
                EntityRef ref = new EntityRef(query.kind(), query.stream(), row.getString(0));
                byte[] state = row.getString(2).getBytes(StandardCharsets.UTF_8);
                entities.add(new EntitySnapshot.Entity(ref, row.getLong(1), state));
                more = row.getBoolean(3);
            }
            return new EntityPage(entities, !more);
        });
    }

    public Future<EntityHistory> history(EntityHistoryQuery query) {
        EntityRef ref = query.entity();
        int limit = Math.min(query.limit(), MAX_LIMIT);
        Tuple parameters = Tuple.of(ref.stream(), ref.kind(), ref.id(), query.before(), limit, query.bytes());
        return reads.run(HISTORY, parameters).map(rows -> {
            List<EntityHistory.Change> changes = new ArrayList<>(rows.size());
            boolean more = false;
            for (Row row : rows) {
                changes.add(new EntityHistory.Change(
                        row.getLong(0),
                        event(ref, row),
                        new Position(row.getString(5), row.getLong(6)),
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3)));
                more = row.getBoolean(4);
            }
            return new EntityHistory(changes, !more);
        });
    }

    private static Event event(EntityRef ref, Row row) {
        if (row.getString(7) == null) {
            return EntityHistory.Change.removed(ref, row.getString(12));
        }
        RecipientsJson people = RecipientsJson.read(row.getString(11));
        return Event.builder(row.getString(7), row.getString(9), row.getString(8))
                .target(people.target())
                .exclude(people.exclude())
                .stream(ref.stream())
                .owner(row.getString(10))
                .entity(ref)
                .publisher(row.getString(12))
                .data(row.getString(13).getBytes(StandardCharsets.UTF_8))
                .build();
    }

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
