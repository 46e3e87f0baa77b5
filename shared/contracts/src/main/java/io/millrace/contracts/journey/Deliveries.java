package io.millrace.contracts.journey;

import java.util.List;
import java.util.Locale;

/** What became of an event at each connection that was asked about. */
public record Deliveries(List<Delivery> deliveries) {
    /**
     * @param connection empty if there is none
     * @param node that the connection is on; empty if it is on none
     * @param atMicros when, microseconds since 1970 UTC; 0 if that isn't known
     */
    public record Delivery(String connection, String node, Fate fate, long atMicros) {}

    /** Travels by its place: append, never reorder. */
    public enum Fate {
        DELIVERED,
        NOT_SUBSCRIBED,
        NOT_PERMITTED,
        /** Its own filter held it back. */
        FILTERED,
        /** A newer one of the same entity took its place. */
        CONFLATED,
        /** The connection was too slow. */
        DROPPED,
        NOT_CONNECTED,
        /** Its client is still reading what came before. */
        WAITING;

        private final String wire = name().toLowerCase(Locale.ROOT);

        /** As clients read it. */
        public String wire() {
            return wire;
        }
    }
}
