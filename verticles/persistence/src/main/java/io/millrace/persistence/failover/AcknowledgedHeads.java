package io.millrace.persistence.failover;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The newest event of each stream that this node has committed, of the streams that had one last. Owned by the persistence
 * verticle's event loop.
 */
final class AcknowledgedHeads {
    private static final int STREAMS = 10_000;

    private final Map<String, Head> heads = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Head> eldest) {
            return size() > STREAMS;
        }
    };

    /** An event at its position. */
    record Head(String stream, Position position, String source, String id) {}

    void note(List<CommittedEvent> events) {
        for (CommittedEvent committed : events) {
            Position position = committed.position();
            if (position != null) {
                Event event = committed.event();
                heads.merge(
                        event.stream(),
                        new Head(event.stream(), position, event.source(), event.id()),
                        AcknowledgedHeads::later);
            }
        }
    }

    private static Head later(Head known, Head head) {
        boolean overtaken = known.position.epoch().equals(head.position.epoch())
                && known.position.offset() > head.position.offset();
        return overtaken ? known : head;
    }

    List<Head> all() {
        return new ArrayList<>(heads.values());
    }

    void forgetAll() {
        heads.clear();
    }

    /** Unless the stream has had another event since. */
    void forget(Head head) {
        heads.remove(head.stream, head);
    }
}
