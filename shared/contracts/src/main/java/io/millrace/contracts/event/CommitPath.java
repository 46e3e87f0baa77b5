package io.millrace.contracts.event;

/**
 * The path on which a batch came to the commit.
 *
 * @param attempt the number of the attempt, 1 for the first
 * @param takenMicros when this attempt took the batch from the queue, microseconds since 1970 UTC; 0 if it was not
 *     queued
 */
public record CommitPath(Path path, int attempt, long takenMicros) {
    public static final CommitPath DIRECT = new CommitPath(Path.DIRECT, 1, 0);
    public static final CommitPath FALLBACK = new CommitPath(Path.FALLBACK, 1, 0);

    /** Encoded by its ordinal: append constants, never reorder them. */
    public enum Path {
        /** Urgent events: from the router directly to the commit. */
        DIRECT,
        /** Ordinary events: through the durable queue. */
        QUEUE,
        /** Ordinary events while the durable queue is unavailable: directly to the commit. */
        FALLBACK
    }

    public static CommitPath queued(int attempt, long takenMicros) {
        return new CommitPath(Path.QUEUE, attempt, takenMicros);
    }
}
