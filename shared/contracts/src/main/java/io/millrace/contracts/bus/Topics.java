package io.millrace.contracts.bus;

/** The Kafka topics between stages. The key is the stream; the value is the event in its wire form. */
public final class Topics {
    /** Ordinary events, on their way to be committed. */
    public static final String EVENTS = "millrace.events";

    /** Events that could not be committed yet, each with the time of its next attempt in its headers. */
    public static final String RETRY = "millrace.retry";

    /** Events that could not be committed, with the reason in their headers. */
    public static final String DEAD = "millrace.dead";

    /** Bytes of the largest message; a larger event is refused as too large. */
    public static final int MAX_MESSAGE = 16 << 20;

    private Topics() {}
}
