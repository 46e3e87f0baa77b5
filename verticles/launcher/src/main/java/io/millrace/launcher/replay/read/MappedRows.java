package io.millrace.launcher.replay.read;

import io.millrace.mapping.ReplayEvent;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The next rows of a file, which belong together, and the events that they are.
 *
 * @param rows how many
 * @param events in the order in which they are sent; none if the rows are skipped or wrong
 * @param skipped why the rows are no events, on purpose; null if they are
 * @param wrong why the rows can't be made into events, and where; null if they can
 * @param resumeAt how many rows of the file need not be read again once this step and all before it are acknowledged; -1
 *     where no such line can be drawn, because groups overlap
 */
public record MappedRows(
        int rows, List<ReplayEvent> events, @Nullable String skipped, @Nullable String wrong, long resumeAt) {
    public boolean clean() {
        return resumeAt >= 0;
    }
}
