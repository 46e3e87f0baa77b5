package io.millrace.broadcast.tcp;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.metrics.EnumCounters;

/** Counts the connections of the TCP bridge that ended before, or without, the bridge's own protocol. Safe from any thread. */
final class TcpRefusals {
    private final EnumCounters<Reason> counters;

    /** Why a connection was refused or closed. */
    enum Reason {
        /** The server has {@code http.connections.max} connections of its own, those in the handshake of TLS included. */
        FULL,
        /** An address that {@code http.deny} or {@code http.allow} refuses. */
        ADDRESS,
        /** A proxy of {@code http.proxy.protocol} sent something else first, or nothing. */
        PROXY_HEADER,
        SLOW_HANDSHAKE,
        /** No TLS, an old version of it, or a certificate that the client doesn't like. */
        BAD_HANDSHAKE,
        /** A message that came too slowly. */
        SLOW_MESSAGE
    }

    TcpRefusals(MeterRegistry metrics) {
        counters = new EnumCounters<>("millrace.tcp.refused.connections", "reason", Reason.class, metrics);
    }

    void count(Reason reason) {
        counters.increment(reason);
    }
}
