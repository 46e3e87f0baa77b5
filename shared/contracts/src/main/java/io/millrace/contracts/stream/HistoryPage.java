package io.millrace.contracts.stream;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Position;
import java.util.List;

/**
 * A stretch of a stream, oldest first.
 *
 * @param epoch {@link Position#NO_EPOCH} if the stream has no event yet
 * @param oldest the oldest offset that is still kept; 1 if nothing was ever removed
 * @param head the newest offset, at the same instant as the events
 */
public record HistoryPage(String stream, String epoch, long oldest, long head, List<CommittedEvent> events) {}
