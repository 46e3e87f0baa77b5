package io.millrace.broadcast.spec;

/** What a subscription gets when its client reads slower than its stream goes. Counted all the same. */
public enum SlowConsumerPolicy {
    /** It reads on from where it was, everything; closed when it takes nothing for too long. */
    WAIT,
    /** It reads on from where it was, the newest of each entity. */
    CONFLATE,
    /** It goes on with what is new, and is told of the gap. */
    DROP,
    /** It is disconnected at once. */
    DISCONNECT
}
