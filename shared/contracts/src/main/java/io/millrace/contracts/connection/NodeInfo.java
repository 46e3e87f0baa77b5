package io.millrace.contracts.connection;

import java.util.List;

/**
 * What a node that has clients publishes about itself to the other nodes: periodically and at every change. A node that
 * publishes nothing for some seconds is gone, and so are its users.
 *
 * @param node the name of the node, unique in the cluster
 * @param sinceMicros when the node started, microseconds since 1970 UTC
 * @param leaving whether the node is stopping and this is its last message
 */
public record NodeInfo(String node, long sinceMicros, boolean leaving, List<Count> counts, List<PresentUser> users) {

    /** A number of connections or subscriptions. */
    public record Count(Kind kind, String name, int number) {}

    /** What is counted. Encoded by its ordinal: append constants, never reorder them. */
    public enum Kind {
        CONNECTIONS,
        ROLE,
        TRANSPORT,
        /** Subscriptions to the namespace's streams. */
        NAMESPACE
    }

    /**
     * A user that is present in a channel.
     *
     * @param channel a stream, or {@code @} and a role
     * @param connections the number of connections with which the user is present
     * @param sinceMicros when the first of these connections came, microseconds since 1970 UTC
     */
    public record PresentUser(String channel, String user, int connections, long sinceMicros) {}
}
