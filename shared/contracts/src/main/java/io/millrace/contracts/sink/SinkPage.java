package io.millrace.contracts.sink;

import io.millrace.contracts.event.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What sinks keep that they haven't delivered.
 *
 * @param sinks none if there is no such sink
 * @param dead the dead events of the one that was asked for, the oldest first
 */
public record SinkPage(List<Counts> sinks, List<Dead> dead) {
    public SinkPage {
        sinks = List.copyOf(sinks);
        dead = List.copyOf(dead);
    }

    /**
     * @param waiting events that wait for a retry, or behind one
     * @param dead events that are tried no more, until they are redriven
     * @param disabled since when nothing is sent any more, and why; null if it is
     */
    public record Counts(String sink, long waiting, long dead, @Nullable String disabled) {}

    /**
     * An event that is tried no more.
     *
     * @param attempts deliveries that failed
     * @param sinceMs when it was first kept, milliseconds since 1970 UTC
     * @param error of the last attempt
     */
    public record Dead(long id, String stream, Position position, int attempts, long sinceMs, @Nullable String error) {}
}
