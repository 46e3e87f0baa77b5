package io.millrace.persistence.store;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * Creates new streams. Caches those that exist, so that a commit rarely has to query. Owned by the persistence
 * verticle's event loop.
 */
public final class StreamRegistry {
    private static final long EPOCHS = 36L * 36 * 36 * 36;
    /** At least three letters, so that a position doesn't look like a time of day. */
    private static final long SHORTEST_EPOCH = 36L * 36;

    private final Pool pool;
    private final RandomGenerator random;
    private final Cache<String, Boolean> begun =
            Caffeine.newBuilder().maximumSize(100_000).build();

    public StreamRegistry(Pool pool, RandomGenerator random) {
        this.pool = pool;
        this.random = random;
    }

    public Future<Void> begin(List<Event> events) {
        Set<String> missing = new LinkedHashSet<>();
        for (Event event : events) {
            if (begun.getIfPresent(event.stream()) == null) {
                missing.add(event.stream());
            }
        }
        if (missing.isEmpty()) {
            return Future.succeededFuture();
        }
        List<String> names = new ArrayList<>(missing);
        List<String> epochs = names.stream().map(name -> newEpoch()).toList();
        return pool.preparedQuery(CommitSql.BEGIN_STREAMS)
                .execute(Tuple.tuple()
                        .addArrayOfString(names.toArray(String[]::new))
                        .addArrayOfString(epochs.toArray(String[]::new)))
                .onSuccess(done -> names.forEach(name -> begun.put(name, true)))
                .mapEmpty();
    }

    /** Removes the streams from the cache after a failure. */
    public void remove(List<Event> events) {
        events.forEach(event -> begun.invalidate(event.stream()));
    }

    private String newEpoch() {
        return Long.toString(random.nextLong(SHORTEST_EPOCH, EPOCHS), 36);
    }

    /** Of a stream that begins anew ({@link Position#isOfReset}). */
    public String resetEpoch() {
        return Long.toString(random.nextLong(EPOCHS, EPOCHS * 36), 36);
    }
}
