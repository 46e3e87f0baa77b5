package io.millrace.contracts.connection;

import java.util.List;

/**
 * What a node that has clients tells the others like it: itself, whole, now and then and whenever it changes. Who isn't
 * heard of any more is gone, and its people with it.
 *
 * @param node unique in the cluster
 * @param sinceMicros when it began, microseconds since 1970 UTC
 * @param leaving whether this is the last that will be heard of it
 */
public record NodeInfo(String node, long sinceMicros, boolean leaving, List<Count> counts, List<Person> people) {

    /** Connections, or subscriptions, that have something in common. */
    public record Count(Kind kind, String name, int number) {}

    /** What is counted. Travels by its place: append, never reorder. */
    public enum Kind {
        CONNECTIONS,
        ROLE,
        TRANSPORT,
        /** Subscriptions of its streams. */
        NAMESPACE
    }

    /**
     * Somebody who is somewhere.
     *
     * @param place a stream, or {@code @} and a pack's name
     * @param connections with which they are there
     * @param sinceMicros of the first of them
     */
    public record Person(String place, String user, int connections, long sinceMicros) {}
}
