package io.millrace.sources.gateway.session;

import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How often the shards of a bot may identify, whichever nodes they are on: of each bucket of shards one in 5 s. Kept in
 * PostgreSQL, whose clock decides. Belongs to one event loop.
 */
public final class IdentifyLimit {
    /** A little more than the gateway's 5 s: payloads needn't arrive as far apart as they were allowed. */
    public static final Duration EVERY = Duration.ofMillis(5_500);

    private static final long ANSWER_MS = 5_000;

    private static final String CLAIM =
            """
            insert into gateway_identifies as known (source, bucket, next_at)
            values ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
            on conflict (source, bucket) do update set next_at = clock_timestamp() + $3 * interval '1 millisecond'
            where known.next_at <= clock_timestamp()
            """;

    private final Pool pool;
    private final Duration every;

    /** @param every how long a shard that has identified keeps the others of its bucket waiting */
    public IdentifyLimit(Pool pool, Duration every) {
        this.pool = pool;
        this.every = every;
    }

    /** Whether a shard of the bucket may identify now; no other may for a while then. */
    Future<Boolean> claim(String source, int bucket) {
        return pool.preparedQuery(CLAIM)
                .execute(Tuple.of(source, bucket, every.toMillis()))
                .timeout(ANSWER_MS, TimeUnit.MILLISECONDS)
                .map(rows -> rows.rowCount() == 1);
    }
}
