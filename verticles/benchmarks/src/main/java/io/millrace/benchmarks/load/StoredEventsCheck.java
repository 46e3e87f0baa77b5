package io.millrace.benchmarks.load;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.BitSet;
import java.util.concurrent.TimeUnit;

/** Compares what Millrace acknowledged with what PostgreSQL has. */
final class StoredEventsCheck {
    private static final String STORED =
            "select substring(id from $2::int)::int from events where starts_with(id, $1) order by 1";
    private static final String STREAM =
            "select s.head, count(*), min(e.pos) from streams s join events e on e.stream = s.id"
                    + " where s.name = 'bench' group by s.head";

    private StoredEventsCheck() {}

    /** Blocks. */
    static JsonObject compare(String uri, String prefix, BitSet accepted) throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Pool pool = PgBuilder.pool()
                    .connectingTo(PgConnectOptions.fromUri(uri))
                    .using(vertx)
                    .build();
            RowSet<Row> rows = await(pool.preparedQuery(STORED).execute(Tuple.of(prefix, prefix.length() + 1)));
            BitSet stored = new BitSet();
            rows.forEach(row -> stored.set(row.getInteger(0)));
            Row stream = await(pool.query(STREAM).execute()).iterator().next();
            return new JsonObject()
                    .put("accepted", accepted.cardinality())
                    .put("stored", rows.size())
                    .put("missing", without(accepted, stored))
                    .put("unasked", without(stored, accepted))
                    .put("twice", rows.size() - stored.cardinality())
                    .put("head", stream.getLong(0))
                    .put("rows", stream.getLong(1))
                    .put("first", stream.getLong(2));
        } finally {
            await(vertx.close());
        }
    }

    private static int without(BitSet all, BitSet these) {
        BitSet rest = (BitSet) all.clone();
        rest.andNot(these);
        return rest.cardinality();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
    }
}
