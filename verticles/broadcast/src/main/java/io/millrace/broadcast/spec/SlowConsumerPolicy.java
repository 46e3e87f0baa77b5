package io.millrace.broadcast.spec;

/** What a subscription gets when its client reads more slowly than events come. {@code Hub} and {@code CatchUp} apply it. */
public enum SlowConsumerPolicy {
    /** Every event, later; the connection is closed if the client takes nothing for too long. */
    WAIT,
    /** The newest event of each entity, later. */
    CONFLATE,
    /** A gap, and then the events that come after it. */
    DROP,
    /** Nothing: the connection is closed at once. */
    DISCONNECT
}
