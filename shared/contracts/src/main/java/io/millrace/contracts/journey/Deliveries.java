package io.millrace.contracts.journey;

import java.util.List;
import java.util.Locale;

/** What became of an event at each connection of a query. */
public record Deliveries(List<Delivery> deliveries) {
    /**
     * What became of the event at one connection.
     *
     * @param connection the connection's id; empty if the client is not connected
     * @param node the node of the connection; empty if the client is not connected
     * @param atMicros when the event was delivered, microseconds since 1970 UTC; 0 if the time isn't known
     */
    public record Delivery(String connection, String node, DeliveryStatus status, long atMicros) {}

    /** Encoded by its ordinal: append constants, never reorder them. */
    public enum DeliveryStatus {
        DELIVERED,
        NOT_SUBSCRIBED,
        NOT_PERMITTED,
        /** The subscription's filter doesn't match the event. */
        FILTERED,
        /** A newer event of the same entity replaced it. */
        CONFLATED,
        /** The connection was too slow. */
        DROPPED,
        NOT_CONNECTED,
        /** The client has yet to read earlier events. */
        WAITING;

        private final String wire = name().toLowerCase(Locale.ROOT);

        /** As clients read it. */
        public String wire() {
            return wire;
        }
    }
}
