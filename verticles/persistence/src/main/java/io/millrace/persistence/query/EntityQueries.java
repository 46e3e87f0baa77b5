package io.millrace.persistence.query;

import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Position;
import io.vertx.core.Future;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads entities: one, or those of a kind in a stream. */
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

    private static byte @Nullable [] bytes(@Nullable String text) {
        return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
    }
}
