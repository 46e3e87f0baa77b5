package io.millrace.contracts.stream;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import java.util.List;

/**
 * Consecutive events of a stream, oldest first.
 *
 * @param epoch the stream's epoch; {@link Position#NO_EPOCH} without events
 * @param oldest the oldest offset that is kept; 1 if no event was removed
 * @param head the newest offset, at the same instant as the events
 */
public record HistoryPage(String stream, String epoch, long oldest, long head, List<CommittedEvent> events) {}
