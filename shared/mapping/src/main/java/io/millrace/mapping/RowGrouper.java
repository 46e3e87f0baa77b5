package io.millrace.mapping;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Groups rows by the mapping's group column. Up to {@link Mapping#maxRowsApart} rows of other groups may lie between two rows
 * of one group, as where two invoices are written at the same time. Groups are released in the order of their first rows;
 * only groups with a row among the last {@code maxRowsApart + 1} are held. Belongs to one thread.
 */
public final class RowGrouper {
    private final Map<String, Integer> columns;
    private final Mapping mapping;
    private final LinkedHashMap<String, RowGroup> open = new LinkedHashMap<>();
    private long rowsRead;
    private long lastRowReleased;

    /**
     * @param columns the index of each column in a row
     * @param rowsRead how many rows of the file were released before, in an earlier run; the next row has the next number
     */
    public RowGrouper(Map<String, Integer> columns, Mapping mapping, long rowsRead) {
        this.columns = columns;
        this.mapping = mapping;
        this.rowsRead = rowsRead;
    }

    /** Adds the next row of the file. */
    public void add(String[] cells) {
        rowsRead++;
        String group = mapping.groupColumn();
        String key = group == null ? Long.toString(rowsRead) : cells[columns.getOrDefault(group, 0)];
        open.computeIfAbsent(key, unused -> new RowGroup(mapping.values()))
                .add(rowsRead, new Cells.OfColumns(columns, cells, rowsRead));
    }

    /** Counts the next row of the file, which could not be read, so that it belongs to no group. */
    public void addUnreadable() {
        rowsRead++;
        lastRowReleased = rowsRead;
    }

    /**
     * Releases the oldest group if no further row can belong to it.
     *
     * @param atEnd whether the file has no further row, so that every group is complete
     * @return null if there is no complete group
     */
    @Nullable
    public RowGroup poll(boolean atEnd) {
        if (open.isEmpty()) {
            return null;
        }
        Iterator<RowGroup> byFirstRow = open.values().iterator();
        RowGroup oldest = byFirstRow.next();
        if (!atEnd && mapping.groupColumn() != null && rowsRead - oldest.last().number() <= mapping.maxRowsApart()) {
            return null;
        }
        byFirstRow.remove();
        lastRowReleased = Math.max(lastRowReleased, oldest.last().number());
        return oldest;
    }

    /**
     * Returns after how many rows of the file a later run may start once the released groups are sent; -1 if a released group
     * overlaps one that is still held, so that it may not start between them.
     */
    public long resumeAt() {
        if (open.isEmpty()) {
            return rowsRead;
        }
        long first = open.values().iterator().next().first().number();
        return lastRowReleased < first ? first - 1 : -1;
    }
}
