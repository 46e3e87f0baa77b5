package io.millrace.platform.stream;

import io.micrometer.core.instrument.Counter;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The state of one stream in a {@link StreamFollower}. Owned by its event loop. */
final class StreamCursor {
    /** The largest number of held events; further ones are read from history again. */
    private static final int MAX_HELD = 10_000;

    final String stream;
    final TreeMap<Long, CommittedEvent> held = new TreeMap<>();
    Future<Position> ready = Future.succeededFuture(Position.EMPTY);

    @Nullable
    String epoch;

    long next;
    boolean waiting;
    /** Whether a check found it behind, and looks again in a moment. */
    boolean suspected;
    /** From when events are known to be missing until history has answered. */
    boolean fetching;
    /** Whether history has been asked. */
    boolean asked;
    /** The timer that repeats the request, while {@link #asked}. */
    long askAgain;

    StreamCursor(String stream) {
        this.stream = stream;
    }

    void begin(String newEpoch, long head) {
        epoch = newEpoch;
        next = head + 1;
        held.headMap(next).clear();
    }

    boolean begun() {
        return epoch != null;
    }

    boolean hasSeenEvents() {
        return epoch != null && !epoch.equals(Position.NO_EPOCH);
    }

    void hold(CommittedEvent event) {
        if (!hasSeenEvents() && epoch != null) {
            epoch = StreamFollower.position(event).epoch();
        }
        if (held.size() < MAX_HELD) {
            held.put(StreamFollower.position(event).offset(), event);
        }
    }

    /** Takes the events that are next in order out of the held ones; empty if an event before them is missing. */
    List<CommittedEvent> takeNext(Counter repeats) {
        List<CommittedEvent> taken = new ArrayList<>();
        while (!held.isEmpty() && held.firstKey() <= next) {
            Map.Entry<Long, CommittedEvent> first = held.pollFirstEntry();
            if (first.getKey() < next) {
                repeats.increment();
            } else {
                next++;
                taken.add(first.getValue());
            }
        }
        return taken;
    }
}
