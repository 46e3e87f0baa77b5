package io.millrace.mapping;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts rows of one key together, also where a few rows of others lie between them, as in books that two people keep at once.
 * Groups leave in the order of their first rows. Holds no more than the groups of the last few rows. Belongs to one thread.
 */
public final class RowGrouper {
    private final Map<String, Integer> columns;
    private final Mapping mapping;
    private final LinkedHashMap<String, RowGroup> open = new LinkedHashMap<>();
    private long read;
    private long left;

    /** @param read how many rows of the file are done with already */
    public RowGrouper(Map<String, Integer> columns, Mapping mapping, long read) {
        this.columns = columns;
        this.mapping = mapping;
        this.read = read;
    }

    public void add(String[] cells) {
        read++;
        String group = mapping.group();
        String key = group == null ? Long.toString(read) : cells[columns.getOrDefault(group, 0)];
        open.computeIfAbsent(key, unused -> new RowGroup(columns, mapping.values()))
                .add(read, cells);
    }

    /** A row that belongs to nobody. */
    public void addBroken() {
        read++;
        left = read;
    }

    /** The next group that no further row can belong to; null if there is none yet. */
    @Nullable
    public RowGroup poll(boolean atEnd) {
        if (open.isEmpty()) {
            return null;
        }
        Iterator<RowGroup> byFirstRow = open.values().iterator();
        RowGroup oldest = byFirstRow.next();
        if (!atEnd && mapping.group() != null && read - oldest.last().number() <= mapping.apart()) {
            return null;
        }
        byFirstRow.remove();
        left = Math.max(left, oldest.last().number());
        return oldest;
    }

    /** How many rows need not be read again once the groups that left are done with; -1 if one of them overlaps an open one. */
    public long resumeAt() {
        if (open.isEmpty()) {
            return read;
        }
        long first = open.values().iterator().next().first().number();
        return left < first ? first - 1 : -1;
    }
}
