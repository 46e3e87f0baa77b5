package io.millrace.launcher.replay.format;

import io.millrace.mapping.MappedEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The next rows of a file, which belong together, and their events.
 *
 * @param rows the number of rows
 * @param events the events in the order in which they are sent; none if the rows are skipped or wrong
 * @param skipped why the mapping skips the rows; null if it doesn't
 * @param wrong why the rows can't be mapped, and where; null if they can
 * @param resumeAt how many rows of the file need not be read again once this step and all earlier ones are
 *     acknowledged; -1 if groups overlap, so that there is no such row
 */
public record MappedRows(
        int rows, List<MappedEvent> events, @Nullable String skipped, @Nullable String wrong, long resumeAt) {
    public boolean clean() {
        return resumeAt >= 0;
    }
}
