package io.millrace.sinks.follow;

import io.millrace.contracts.event.Position;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The positions of the streams that were used last; PostgreSQL has them all. Belongs to one event loop. */
final class RecentPositions {
    private final LinkedHashMap<String, Position> positions;

    RecentPositions(int most) {
        positions = new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Position> eldest) {
                return size() > most;
            }
        };
    }

    @Nullable
    Position get(String stream) {
        return positions.get(stream);
    }

    void forget(String stream) {
        positions.remove(stream);
    }

    void put(String stream, Position position) {
        positions.put(stream, position);
    }
}
