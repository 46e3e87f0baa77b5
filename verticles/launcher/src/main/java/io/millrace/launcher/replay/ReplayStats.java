package io.millrace.launcher.replay;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import io.millrace.launcher.replay.format.MappedRows;
import io.millrace.launcher.replay.send.EventResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The counts of a file's rows and events so far; stored in the checkpoint. Used by one thread. */
@JsonAutoDetect(fieldVisibility = JsonAutoDetect.Visibility.ANY)
final class ReplayStats {
    /** The code of rows that can't be mapped. */
    static final String BAD_ROW = "bad_row";

    private static final int EXAMPLES = 3;

    private long rows;
    private long mapped;
    private final Map<String, Long> skippedRows = new TreeMap<>();
    private final Map<String, Long> eventsByType = new TreeMap<>();
    private final Map<String, Long> eventsByStatus = new TreeMap<>();
    private final Map<String, Long> refusedByCode = new TreeMap<>();
    private final Map<String, List<String>> examples = new TreeMap<>();

    /** Counts a finished step: its events have been answered, or there were none. */
    void add(MappedRows step) {
        rows += step.rows();
        if (step.wrong() != null) {
            refused(BAD_ROW, step.rows(), step.wrong());
        } else if (step.skipped() != null) {
            skippedRows.merge(step.skipped(), (long) step.rows(), Long::sum);
        } else {
            mapped += step.rows();
        }
    }

    /** Counts the answer of an event. */
    void add(EventResult result) {
        eventsByType.merge(result.event().type(), 1L, Long::sum);
        if (result.failed()) {
            refused(result.code(), 1, result.event().id() + ": " + result.detail());
        } else {
            eventsByStatus.merge(result.status(), 1L, Long::sum);
        }
    }

    private void refused(String code, long count, String example) {
        refusedByCode.merge(code, count, Long::sum);
        List<String> known = examples.computeIfAbsent(code, unused -> new ArrayList<>());
        if (known.size() < EXAMPLES) {
            known.add(example);
        }
    }

    long rows() {
        return rows;
    }

    /** Rows that became events. */
    long mapped() {
        return mapped;
    }

    /** Rows left out on purpose, by reason. */
    Map<String, Long> skippedRows() {
        return skippedRows;
    }

    Map<String, Long> eventsByType() {
        return eventsByType;
    }

    /** Accepted events by status. */
    Map<String, Long> eventsByStatus() {
        return eventsByStatus;
    }

    /** Refused events by code, and rows under {@link #BAD_ROW}. */
    Map<String, Long> refusedByCode() {
        return refusedByCode;
    }

    /** The first few examples of each code. */
    Map<String, List<String>> examples() {
        return examples;
    }

    long events() {
        return sum(eventsByType);
    }

    long duplicates() {
        return eventsByStatus.getOrDefault("duplicate", 0L);
    }

    long accepted() {
        return sum(eventsByStatus) - duplicates() - eventsByStatus.getOrDefault("expired", 0L);
    }

    long refused() {
        return sum(refusedByCode);
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }
}
