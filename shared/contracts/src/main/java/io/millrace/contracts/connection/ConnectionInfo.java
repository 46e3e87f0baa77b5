package io.millrace.contracts.connection;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, as operators see it.
 *
 * @param node the name of its node, as {@code GET /api/cluster} has it
 * @param user the user; empty while the client has not authenticated
 * @param sinceMicros when it was opened, microseconds since 1970 UTC
 * @param sentBytes bytes of the messages that were written to it, before any compression
 * @param lag what it has not read yet
 * @param lastError the last error that it was sent; null if there was none
 * @param streams how many subscriptions it has
 * @param subscriptions the slowest of them, or the one to the stream that was asked for
 */
public record ConnectionInfo(
        String id,
        String node,
        String user,
        List<String> roles,
        String transport,
        long sinceMicros,
        long sentBytes,
        Lag lag,
        @Nullable LastError lastError,
        int streams,
        List<SubscriptionInfo> subscriptions) {
    /** The slowest first; of those that read everything, the oldest. */
    public static final Comparator<ConnectionInfo> SLOWEST_FIRST = Comparator.comparing(
                    ConnectionInfo::lag, Lag.LONGEST_FIRST)
            .thenComparing(ConnectionInfo::sinceMicros)
            .thenComparing(ConnectionInfo::id);

    /**
     * What has not reached a client.
     *
     * @param millis for how long its socket has been full, or its slowest subscription not been live; 0 if neither is so
     * @param events events of its streams behind which it is, its own and those that it will not get
     * @param bytes bytes that wait for its socket
     */
    public record Lag(long millis, long events, long bytes) {
        /** The longest first. */
        public static final Comparator<Lag> LONGEST_FIRST = Comparator.comparingLong(Lag::millis)
                .thenComparingLong(Lag::events)
                .thenComparingLong(Lag::bytes)
                .reversed();
    }

    /**
     * An error that a client was sent.
     *
     * @param code the stable code
     * @param atMicros when, microseconds since 1970 UTC
     */
    public record LastError(String code, String message, long atMicros) {
        private static final int MAX = 200;

        /** @param message of which the beginning is kept: it may quote what a client sent */
        public LastError {
            message = message.length() > MAX ? message.substring(0, MAX) + "…" : message;
        }
    }

    /**
     * A subscription of a connection.
     *
     * @param filtered whether it has a filter
     * @param rate the most messages a second for each entity; 0 for any number
     * @param events events of the stream behind which it is
     * @param millis for how long it has not been live; 0 if it is
     */
    public record SubscriptionInfo(
            String stream, boolean filtered, double rate, State state, long events, long millis) {
        /** Where its next event comes from. Encoded by its ordinal: append constants, never reorder them. */
        public enum State {
            /** Nowhere: its start position is being looked up. */
            OPENING,
            /** History, a page at a time. */
            CATCHING_UP,
            /** Its group. */
            LIVE,
            /** History, since its client's socket was full. */
            LAGGING,
            CLOSED;

            private final String wire = name().toLowerCase(Locale.ROOT);

            /** As clients read it. */
            public String wire() {
                return wire;
            }
        }
    }
}
