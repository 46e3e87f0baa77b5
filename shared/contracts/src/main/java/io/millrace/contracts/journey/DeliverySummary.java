package io.millrace.contracts.journey;

import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import java.util.List;
import java.util.Locale;

/** What became of an event at all connections: how many there are of each outcome, and examples. */
public record DeliverySummary(List<Node> nodes) {
    /**
     * The connections of one node.
     *
     * @param outcomes those that occurred; connections without a subscription to the stream are
     *     {@link DeliveryStatus#NOT_SUBSCRIBED}, whatever they may see
     */
    public record Node(String node, Trace trace, List<Outcome> outcomes) {}

    public record Outcome(DeliveryStatus status, long count, List<Example> examples) {}

    /**
     * @param user the connection's user; empty for a client without one
     * @param atMicros when the event was delivered, microseconds since 1970 UTC; 0 if the time isn't known
     */
    public record Example(String connection, String user, long atMicros) {}

    /** What a node remembers of the event. Encoded by its ordinal: append constants, never reorder them. */
    public enum Trace {
        /** At least one subscription there got it, or a newer event in its place. */
        MATCHED,
        /** The node had it, and no subscription there matched it. */
        UNMATCHED,
        /** No client there followed the stream when it came. */
        NOT_FOLLOWED,
        /** It is older than what the node keeps in memory. */
        FORGOTTEN,
        /** The node didn't answer in time. */
        UNANSWERED;

        private final String wire = name().toLowerCase(Locale.ROOT);

        /** As clients read it. */
        public String wire() {
            return wire;
        }
    }
}
