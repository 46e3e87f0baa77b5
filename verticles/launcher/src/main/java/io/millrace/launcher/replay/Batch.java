package io.millrace.launcher.replay;

import java.util.ArrayList;
import java.util.List;

/** Steps that are sent together. Filled by one thread, then read by another. */
final class Batch {
    private final List<Step> steps = new ArrayList<>();
    private int events;
    private long bytes;

    void add(Step step) {
        steps.add(step);
        events += step.events().size();
        step.events().forEach(event -> bytes += event.json().length);
    }

    List<Step> steps() {
        return steps;
    }

    int events() {
        return events;
    }

    long bytes() {
        return bytes;
    }

    boolean isEmpty() {
        return steps.isEmpty();
    }

    Step last() {
        return steps.get(steps.size() - 1);
    }

    /** The events in order, in requests of at most so many and of one form each. */
    List<List<Outgoing>> requests(int most) {
        List<List<Outgoing>> requests = new ArrayList<>();
        List<Outgoing> current = new ArrayList<>();
        for (Step step : steps) {
            for (Outgoing event : step.events()) {
                if (current.size() == most
                        || (!current.isEmpty() && current.get(0).form() != event.form())) {
                    requests.add(current);
                    current = new ArrayList<>();
                }
                current.add(event);
            }
        }
        if (!current.isEmpty()) {
            requests.add(current);
        }
        return requests;
    }
}
