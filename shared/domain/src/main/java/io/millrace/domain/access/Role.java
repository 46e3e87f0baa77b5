package io.millrace.domain.access;

import io.millrace.contracts.event.Priority;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rights of a role from all packs together. A pattern is a complete name, or a prefix and {@code *}.
 *
 * @param publish the types that the role may publish
 * @param priority the highest priority that the role may give an event; null for the type's own
 * @param sources the patterns of sources that the role may publish with, besides the user's own
 * @param manage the parts of Millrace itself that the role may manage, of {@link #MANAGEABLE}
 */
public record Role(
        String name,
        List<See> see,
        List<Publish> publish,
        @Nullable Priority priority,
        List<String> sources,
        List<String> manage) {
    /** The dead letters: reading them, of all types, and commands about them. */
    public static final String DEAD_LETTERS = "dead-letters";

    /** The connections of the whole cluster. */
    public static final String CONNECTIONS = "connections";

    /** Which tokens are refused before they expire. */
    public static final String REVOCATIONS = "revocations";

    /** The nodes and what they do. */
    public static final String CLUSTER = "cluster";

    /** The sinks: what they keep, and commands about them. */
    public static final String SINKS = "sinks";

    public static final List<String> MANAGEABLE = List.of(DEAD_LETTERS, CONNECTIONS, REVOCATIONS, CLUSTER, SINKS);

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
     * @param own whether only the user's own events are seen, of types with an owner
     */
    public record See(String types, boolean own) {}

    /**
     * What they may publish.
     *
     * @param types a pattern
     * @param own whether only events of the user's own may be published, of types with an owner
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
