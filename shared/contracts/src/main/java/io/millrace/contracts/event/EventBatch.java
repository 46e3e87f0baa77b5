package io.millrace.contracts.event;

import java.util.List;

/**
 * Events that are sent together, in order. The reply is {@link Outcomes} with one outcome each, in the same order.
 *
 * @param path the path of all events, for their journeys
 */
public record EventBatch(List<Event> events, CommitPath path) {
    /** A batch on the direct path, at its first attempt. */
    public EventBatch(List<Event> events) {
        this(events, CommitPath.DIRECT);
    }
}
