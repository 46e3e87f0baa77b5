package io.millrace.persistence.commit;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Events that are committed together, and how each came here: two lists of the same length. */
record CommitBatch(List<Event> events, List<CommitPath> passages) {
    /** One event as it waits for its turn, since then. */
    record Arrival(Event event, CommitPath passage, long sinceNanos) {}

    static CommitBatch of(List<Arrival> arrivals) {
        List<Event> events = new ArrayList<>(arrivals.size());
        List<CommitPath> passages = new ArrayList<>(arrivals.size());
        for (Arrival arrival : arrivals) {
            events.add(arrival.event);
            passages.add(arrival.passage);
        }
        return new CommitBatch(events, passages);
    }

    static CommitBatch of(List<Event> events, CommitPath passage) {
        return new CommitBatch(events, Collections.nCopies(events.size(), passage));
    }

    int size() {
        return events.size();
    }

    CommitBatch part(int from, int to) {
        return new CommitBatch(events.subList(from, to), passages.subList(from, to));
    }
}
