package io.millrace.postgres.lease;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The leases in PostgreSQL, whose clock decides. A holder's own time is counted from before it asks, so that it is over
 * first, however late the answer comes. Failures are {@code UNAVAILABLE}. Belongs to one event loop.
 */
public final class Leases {
    private static final String SET_UNTIL = " until = clock_timestamp() + $1 * interval '1 millisecond'";

    private static final String RENEW =
            """
            with known as (
              insert into source_leases (source) select unnest($3::text[]) on conflict do nothing
            ), forgotten as (
              delete from source_nodes where until < clock_timestamp() - interval '1 day'
            ), node as (
              insert into source_nodes (node, sources, until)
              values ($2, $3::text[], clock_timestamp() + $1 * interval '1 millisecond')
              on conflict (node) do update set sources = excluded.sources, until = excluded.until
            )
            update source_leases l set"""
                    + SET_UNTIL
                    + """

            from unnest($4::text[], $5::bigint[]) as mine (source, fence)
            where l.source = mine.source and l.fence = mine.fence and l.holder = $2 and l.until > clock_timestamp()
            returning l.source
            """;

    private static final String HOLDERS =
            "select source, holder, null::text[] from source_leases where until > clock_timestamp() and holder is not null"
                    + " union all select null, node, sources from source_nodes where until > clock_timestamp()";

    private static final String ACQUIRE = "update source_leases set holder = $2, fence = fence + 1," + SET_UNTIL
            + " where source = $3 and (holder is null or holder = $2 or until <= clock_timestamp())"
            + " returning fence, progress, told";

    private static final String SAVE = "update source_leases set progress = $4"
            + " where source = $1 and fence = $2 and holder = $3 and until > clock_timestamp()";

    private static final String TELL = "update source_leases set told = $4"
            + " where source = $1 and fence = $2 and holder = $3 and until > clock_timestamp()";

    private static final String RELEASE =
            "update source_leases set holder = null where source = $1 and fence = $2 and holder = $3";

    private static final String LEAVE = "delete from source_nodes where node = $1";

    private final LeaseKind kind;
    private final Pool pool;
    private final String node;
    private final LeaseSettings settings;
    private final LongSupplier nanos;

    /**
     * @param pool connections that can write
     * @param node the name of this process, which no other has or had
     */
    public Leases(LeaseKind kind, Pool pool, String node, LeaseSettings settings) {
        this(kind, pool, node, settings, System::nanoTime);
    }

    /** @param nanos a monotonic clock */
    Leases(LeaseKind kind, Pool pool, String node, LeaseSettings settings, LongSupplier nanos) {
        this.kind = kind;
        this.pool = pool;
        this.node = node;
        this.settings = settings;
        this.nanos = nanos;
    }

    LeaseKind kind() {
        return kind;
    }

    String node() {
        return node;
    }

    /**
     * Renews leases, and tells the other nodes that this one can run tasks. A lease that isn't renewed because it is
     * over or another's ends.
     *
     * @param tasks all that this node knows
     */
    Future<Void> renew(Set<String> tasks, Collection<Lease> held) {
        long asked = nanos.getAsLong();
        Tuple values = Tuple.of(settings.length().toMillis(), node, tasks.toArray(String[]::new))
                .addArrayOfString(held.stream().map(Lease::task).toArray(String[]::new))
                .addArrayOfLong(held.stream().map(Lease::fence).toArray(Long[]::new));
        List<Lease> asOf = List.copyOf(held);
        return run(RENEW, values).map(rows -> {
            Set<String> renewed = new HashSet<>();
            rows.forEach(row -> renewed.add(row.getString(0)));
            for (Lease lease : asOf) {
                if (renewed.contains(lease.task())) {
                    lease.renewed(asked + settings.heldNanos());
                } else {
                    lease.end();
                }
            }
            return null;
        });
    }

    /** Who has what, and who could. */
    Future<Placement> placement() {
        return run(HOLDERS, Tuple.tuple()).map(rows -> {
            Map<String, String> holders = new HashMap<>();
            Map<String, Set<String>> nodes = new TreeMap<>();
            for (Row row : rows) {
                if (row.getString(0) == null) {
                    nodes.put(row.getString(1), Set.of(row.getArrayOfStrings(2)));
                } else {
                    holders.put(row.getString(0), row.getString(1));
                }
            }
            return new Placement(holders, nodes);
        });
    }

    /** Acquires a task's lease that nobody has; null if somebody has it, or the answer came too late to use it. */
    Future<@Nullable Lease> acquire(String task) {
        long asked = nanos.getAsLong();
        return run(ACQUIRE, Tuple.of(settings.length().toMillis(), node, task)).<@Nullable Lease>map(rows -> {
            if (rows.size() == 0) {
                return null;
            }
            Row row = rows.iterator().next();
            Lease lease =
                    new Lease(this, task, row.getLong(0), row.getJsonObject(1), nanos, asked + settings.heldNanos());
            lease.told(row.getString(2));
            return lease.isHeld() ? lease : null;
        });
    }

    Future<Void> save(Lease lease, JsonObject progress) {
        return run(SAVE, Tuple.of(lease.task(), lease.fence(), node, progress)).compose(rows -> {
            if (rows.rowCount() == 1) {
                lease.saved(progress);
                return Future.succeededFuture();
            }
            lease.end();
            return Future.failedFuture(lease.lost());
        });
    }

    /** Remembers that operators were told why a task fails; null that it runs again. */
    Future<Void> tell(Lease lease, @Nullable String why) {
        return run(TELL, Tuple.of(lease.task(), lease.fence(), node, why)).map(rows -> {
            lease.told(why);
            return null;
        });
    }

    /** Gives a lease back, so that another node acquires it at once. It ends here before PostgreSQL is asked. */
    Future<Void> release(Lease lease) {
        lease.end();
        return run(RELEASE, Tuple.of(lease.task(), lease.fence(), node)).mapEmpty();
    }

    /** Tells the other nodes that this one runs no tasks any more. */
    Future<Void> leave() {
        return run(LEAVE, Tuple.of(node)).mapEmpty();
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(kind.sql(sql))
                .execute(values)
                .timeout(settings.statementTimeout().toMillis(), TimeUnit.MILLISECONDS)
                .recover(error ->
                        Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, PgErrors.reason(error), error)));
    }
}
