package io.millrace.platform.tracing;

import io.opentelemetry.api.trace.SpanKind;

/** A part of an event's way that is a span of its trace. The names are those of operations in the spans. */
public enum Hop {
    /** From its acceptance to the answer. */
    INGEST(SpanKind.SERVER),
    /** From the router's acceptance to its outcome. */
    ROUTE(SpanKind.INTERNAL),
    /** A handler or a service is asked. */
    ASK(SpanKind.CLIENT),
    /** Written to Kafka, until it is acknowledged. */
    SEND(SpanKind.PRODUCER),
    /** Read from Kafka, until it is committed, retried or dead. */
    PROCESS(SpanKind.CONSUMER),
    /** Its commit in PostgreSQL, the wait for its batch included. */
    COMMIT(SpanKind.INTERNAL),
    /** From the node's receipt of the committed event until it has written it to the sockets of all its subscribers. */
    BROADCAST(SpanKind.INTERNAL),
    /** A sink sends it. */
    DELIVER(SpanKind.PRODUCER);

    private final String wire = name().toLowerCase(java.util.Locale.ROOT);
    private final SpanKind kind;

    Hop(SpanKind kind) {
        this.kind = kind;
    }

    String wire() {
        return wire;
    }

    SpanKind kind() {
        return kind;
    }

    /** Whether the hop's span is on Kafka, and the other hops on Millrace's own bus. */
    boolean isKafka() {
        return this == SEND || this == PROCESS;
    }
}
