package io.millrace.contracts.event;

/**
 * How a batch came to the commit.
 *
 * @param attempt 1 for the first
 * @param takenMicros when this attempt took it from the queue, microseconds since 1970 UTC; 0 if it wasn't there
 */
public record CommitPath(Path path, int attempt, long takenMicros) {
    public static final CommitPath DIRECT = new CommitPath(Path.DIRECT, 1, 0);
    public static final CommitPath FALLBACK = new CommitPath(Path.FALLBACK, 1, 0);

    /** Travels by its place: append, never reorder. */
    public enum Path {
        /** Urgent: from the router to the commit at once. */
        DIRECT,
        /** Ordinary: through the durable queue. */
        QUEUE,
        /** Ordinary, while the durable queue took nothing. */
        FALLBACK
    }

    public static CommitPath queued(int attempt, long takenMicros) {
        return new CommitPath(Path.QUEUE, attempt, takenMicros);
    }
}
