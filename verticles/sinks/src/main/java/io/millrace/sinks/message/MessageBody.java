package io.millrace.sinks.message;

import io.millrace.contracts.text.Json;
import io.millrace.mapping.DocumentExpression;
import io.millrace.mapping.MappingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What goes out of an event. Immutable.
 *
 * @param mapping null for the line that subscribers get
 */
public record MessageBody(@Nullable DocumentExpression mapping) {
    /**
     * The bytes of a message; never modified.
     *
     * @throws MappingException the event doesn't hold what the mapping needs
     */
    public byte[] of(SinkMessage message) {
        return mapping == null
                ? message.line()
                : Json.text(mapping.json(message.document())).getBytes(StandardCharsets.UTF_8);
    }
}
