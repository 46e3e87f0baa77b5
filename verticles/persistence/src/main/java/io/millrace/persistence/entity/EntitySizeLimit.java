package io.millrace.persistence.entity;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Merges may make an entity as large as the largest event, and one that is larger already may shrink. Pure functions.
 */
final class EntitySizeLimit {
    private static final int MOST_BYTES_OF_A_CHAR = 3;

    private EntitySizeLimit() {}

    /**
     * Fails as {@link Failure#TOO_LARGE} if an entity would become too large.
     *
     * @param before the present state; null if there is none
     * @param after the new state as text; null if the entity would be deleted
     * @param most the largest number of bytes
     */
    static void require(EntityRef ref, @Nullable ObjectNode before, @Nullable String after, int most) {
        if (after == null || after.length() <= most / MOST_BYTES_OF_A_CHAR) {
            return;
        }
        int bytes = bytes(after);
        if (bytes > most && (before == null || bytes > bytes(Json.text(before)))) {
            throw new MillraceException(
                    Failure.TOO_LARGE,
                    "the " + ref.kind() + " " + ref.id() + " would have " + bytes
                            + " bytes; an entity may have at most " + most);
        }
    }

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
