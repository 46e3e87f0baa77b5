package io.millrace.persistence.commit;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.text.Json;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether an event was committed before, by its (source, id): then it is a duplicate, or a conflict if the other
 * event had another type or content. Knows the events of one commit that PostgreSQL has, and those that came earlier in
 * the same batch. Where they aren't looked up, since few events are duplicates, the unique key of {@code events} refuses
 * the statement, and {@link OptimisticCommit} looks up those of the next batches. Lives for one attempt.
 */
final class Deduplicator {
    private final Map<Identity, Known> known = new HashMap<>();

    private record Identity(String source, String id) {
        static Identity of(Event event) {
            return new Identity(event.source(), event.id());
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // looked up, never compared
    private record Known(String type, byte[] data, Position position) {}

    /** The events of the batch that PostgreSQL has already. */
    void found(RowSet<Row> rows) {
        for (Row row : rows) {
            known.put(
                    new Identity(row.getString(0), row.getString(1)),
                    new Known(
                            row.getString(2),
                            row.getString(3).getBytes(StandardCharsets.UTF_8),
                            new Position(row.getString(5), row.getLong(6))));
        }
    }

    boolean knows(Event event) {
        return known.containsKey(Identity.of(event));
    }

    void add(Event event, Position position) {
        known.put(Identity.of(event), new Known(event.type(), event.data(), position));
    }

    /**
     * The outcome of an event that came before; null if it is new. The same event again is a duplicate, however its JSON
     * is written; another one with the same name is a conflict.
     */
    @Nullable
    Outcome duplicate(Event event) {
        Known before = known.get(Identity.of(event));
        if (before == null) {
            return null;
        }
        boolean same = before.type.equals(event.type()) && Json.same(event.data(), before.data());
        return same
                ? Outcome.duplicate(event, before.position)
                : Outcome.failed(
                        event.id(),
                        Failure.ID_CONFLICT,
                        "another event of source " + event.source() + " has the id " + event.id() + "; it stands");
    }
}
