package io.millrace.contracts.cluster;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a node is, published every {@link #INTERVAL_MS}. A node that is silent for five times as long is gone.
 *
 * @param node its host and process, for people; unique in the cluster
 * @param startedMicros microseconds since 1970 UTC
 * @param leaving whether this is its last message
 * @param stages in event order
 * @param problems what is unavailable or not ready; empty if all is well
 * @param sources the sources that it runs, or would run
 * @param sinks the sinks that it runs, or would run
 * @param figures what its stages have counted and hold; null from a node whose release doesn't say
 */
public record NodeStatus(
        String node,
        String version,
        long startedMicros,
        boolean leaving,
        List<String> stages,
        List<Problem> problems,
        List<TaskStatus> sources,
        List<TaskStatus> sinks,
        @Nullable List<Figure> figures) {
    /** Milliseconds between two messages. */
    public static final int INTERVAL_MS = 2_000;

    /** @param part what has it: a backing service, a stage */
    public record Problem(String part, String message) {}

    /**
     * One figure of a stage. What isn't known is left out.
     *
     * @param stage its name, or {@code http}
     * @param name says what it is, with its unit unless it is a number of things: {@code accepted}, {@code oldestMs}
     * @param value a total since the node started, or what is now
     */
    public record Figure(String stage, String name, long value) {}
}
