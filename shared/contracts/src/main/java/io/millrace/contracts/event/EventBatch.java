package io.millrace.contracts.event;

import java.util.List;

/**
 * Events that travel one hop together, in their order. Answered by {@link Outcomes}, one each, in the same order.
 *
 * @param path the way of all of them, for their journeys
 */
public record EventBatch(List<Event> events, CommitPath path) {
    /** On the direct path, for the first time. */
    public EventBatch(List<Event> events) {
        this(events, CommitPath.DIRECT);
    }
}
