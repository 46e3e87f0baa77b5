package io.millrace.persistence.commit;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Events that are committed together, with their paths: two lists of the same length. */
record CommitBatch(List<Event> events, List<CommitPath> paths) {
    /** An event that waits for its commit, and the start of its wait. */
    record Arrival(Event event, CommitPath path, long sinceNanos) {
        int bytes() {
            return event.data().length;
        }
    }

    static CommitBatch of(List<Arrival> arrivals) {
        List<Event> events = new ArrayList<>(arrivals.size());
        List<CommitPath> paths = new ArrayList<>(arrivals.size());
        for (Arrival arrival : arrivals) {
            events.add(arrival.event);
            paths.add(arrival.path);
        }
        return new CommitBatch(events, paths);
    }

    static CommitBatch of(List<Event> events, CommitPath path) {
        return new CommitBatch(events, Collections.nCopies(events.size(), path));
    }

    int size() {
        return events.size();
    }

    CommitBatch part(int from, int to) {
        return new CommitBatch(events.subList(from, to), paths.subList(from, to));
    }
}
