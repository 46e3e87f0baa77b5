package io.millrace.broadcast;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;

/** Members of a client's message. */
final class Texts {
    private static final int MAX = 16_384;

    private Texts() {}

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    static String of(JsonNode message, String name) {
        JsonNode value = message.path(name);
        if (!value.isTextual() || value.asText().isEmpty() || value.asText().length() > MAX) {
            throw new MillraceException(Failure.BAD_MESSAGE, name + " must be a string");
        }
        return value.asText();
    }
}
