package io.millrace.persistence;

import io.millrace.contracts.Event;
import io.millrace.contracts.Passage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Events that are committed together, and how each came here: two lists of the same length. */
record Arrivals(List<Event> events, List<Passage> passages) {
    /** One event as it waits for its turn, since then. */
    record Arrival(Event event, Passage passage, long sinceNanos) {}

    static Arrivals of(List<Arrival> arrivals) {
        List<Event> events = new ArrayList<>(arrivals.size());
        List<Passage> passages = new ArrayList<>(arrivals.size());
        for (Arrival arrival : arrivals) {
            events.add(arrival.event);
            passages.add(arrival.passage);
        }
        return new Arrivals(events, passages);
    }

    static Arrivals of(List<Event> events, Passage passage) {
        return new Arrivals(events, Collections.nCopies(events.size(), passage));
    }

    int size() {
        return events.size();
    }

    Arrivals part(int from, int to) {
        return new Arrivals(events.subList(from, to), passages.subList(from, to));
    }
}
