package io.millrace.broadcast;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;

/** What a client says: JSON, and its members. */
final class Texts {
    private static final int MAX = 16_384;
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            // What is published keeps every digit.
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

    private Texts() {}

    /**
     * Fails as {@link Failure#BAD_MESSAGE}.
     *
     * @param what it is, for the error
     */
    static JsonNode json(String what, String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            throw new MillraceException(Failure.BAD_MESSAGE, what + " is no JSON: " + notJson.getOriginalMessage());
        }
    }

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    static String of(JsonNode message, String name) {
        JsonNode value = message.path(name);
        if (!value.isTextual() || value.asText().isEmpty() || value.asText().length() > MAX) {
            throw new MillraceException(Failure.BAD_MESSAGE, name + " must be a string");
        }
        return value.asText();
    }
}
