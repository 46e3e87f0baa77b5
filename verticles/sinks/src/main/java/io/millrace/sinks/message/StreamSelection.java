package io.millrace.sinks.message;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.filter.Filter;
import io.millrace.domain.access.Role;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which events a sink wants. Immutable.
 *
 * @param names complete names of streams
 * @param prefixes how the names of further ones begin
 * @param types patterns of types; empty for all
 * @param filter in the language of subscriptions; null for all
 */
public record StreamSelection(List<String> names, List<String> prefixes, Set<String> types, @Nullable Filter filter) {

    /** Whether the sink follows a stream. */
    public boolean hasStream(String stream) {
        if (names.contains(stream)) {
            return true;
        }
        for (String prefix : prefixes) {
            if (stream.startsWith(prefix)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it wants events of a type. */
    public boolean hasType(String type) {
        return types.isEmpty() || types.stream().anyMatch(pattern -> Role.covers(pattern, type));
    }

    /** Whether it wants an event of a type that it has. */
    public boolean matches(JsonNode document) {
        return filter == null || filter.matches(document);
    }
}
