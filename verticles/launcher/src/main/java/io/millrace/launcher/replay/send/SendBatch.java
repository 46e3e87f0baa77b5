package io.millrace.launcher.replay.send;

import io.millrace.launcher.replay.format.MappedRows;
import io.millrace.mapping.MappedEvent;
import java.util.ArrayList;
import java.util.List;

/** Steps that are sent together. Filled by one thread, then read by another. */
public final class SendBatch {
    private final List<MappedRows> steps = new ArrayList<>();
    private int events;
    private long bytes;

    public void add(MappedRows step) {
        steps.add(step);
        events += step.events().size();
        step.events().forEach(event -> bytes += event.json().length);
    }

    public List<MappedRows> steps() {
        return steps;
    }

    public int events() {
        return events;
    }

    public long bytes() {
        return bytes;
    }

    public boolean isEmpty() {
        return steps.isEmpty();
    }

    public MappedRows last() {
        return steps.get(steps.size() - 1);
    }

    /** The events in order, in requests of at most so many and of one form each. */
    public List<List<MappedEvent>> requests(int most) {
        List<List<MappedEvent>> requests = new ArrayList<>();
        List<MappedEvent> current = new ArrayList<>();
        for (MappedRows step : steps) {
            for (MappedEvent event : step.events()) {
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
