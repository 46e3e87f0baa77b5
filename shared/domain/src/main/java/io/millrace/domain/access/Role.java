package io.millrace.domain.access;

import io.millrace.contracts.event.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people of a role may do, all packs together. A pattern is a whole name, or the beginning of one and {@code *}.
 *
 * @param publish what they may publish
 * @param priority up to which they may raise an event; null: not above its type's own
 * @param sources patterns of what they may name as an event's source, besides their own identity
 * @param manage what of Millrace itself they may look after, of {@link #MANAGEABLE}
 */
public record Role(
        String name,
        List<See> see,
        List<Publish> publish,
        @Nullable Priority priority,
        List<String> sources,
        List<String> manage) {
    /** The dead letters: reading them, whatever type they are of, and deciding about them. */
    public static final String DEAD_LETTERS = "dead-letters";

    /** Who is connected, over the whole cluster. */
    public static final String CONNECTIONS = "connections";

    /** Which tokens are refused before they expire. */
    public static final String REVOCATIONS = "revocations";

    public static final List<String> MANAGEABLE = List.of(DEAD_LETTERS, CONNECTIONS, REVOCATIONS);

    public Role {
        manage = List.copyOf(manage);
        see = List.copyOf(see);
        publish = List.copyOf(publish);
        sources = List.copyOf(sources);
    }

    /**
     * What they see.
     *
     * @param types a pattern
     * @param own only one's own events; of types that have an owner
     */
    public record See(String types, boolean own) {}

    /**
     * What they may publish.
     *
     * @param types a pattern
     * @param own only events that they own themselves; of types that have an owner
     */
    public record Publish(String types, boolean own) {}

    /** Whether a pattern covers a name. */
    public static boolean covers(String pattern, String name) {
        int last = pattern.length() - 1;
        return wild(pattern) ? name.regionMatches(0, pattern, 0, last) : pattern.equals(name);
    }

    public static boolean wild(String pattern) {
        return pattern.endsWith("*");
    }
}
