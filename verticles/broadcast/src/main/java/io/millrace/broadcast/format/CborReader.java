package io.millrace.broadcast.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.ExactNumbers;
import java.io.IOException;
import java.io.StringWriter;

/** Reads a client's message in CBOR as the JSON that says the same, which is checked as any other. Stateless. */
public final class CborReader {
    private static final CBORFactory CBOR = CBORFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(ClientJson.MAX_DEPTH)
                    .maxNumberLength(ExactNumbers.MAX_LENGTH)
                    .build())
            .build();
    private static final JsonFactory JSON = new JsonFactory();

    private CborReader() {}

    /**
     * Writes the message as JSON, also what is before a mistake. Fails as {@link Failure#BAD_MESSAGE} if it isn't one value
     * that JSON has, and as {@link Failure#TOO_LARGE} if the JSON is too long.
     *
     * @param max the most characters that the JSON may have
     */
    public static void copy(byte[] cbor, int max, StringWriter text) {
        try (JsonParser parser = CBOR.createParser(cbor);
                JsonGenerator json = JSON.createGenerator(text)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                if (depth == 0 && text.getBuffer().length() > 0) {
                    throw bad("goes on after its end");
                }
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                copy(token, parser, json);
                json.flush();
                // A short message may refer to a long text again and again.
                if (text.getBuffer().length() > max) {
                    throw new MillraceException(Failure.TOO_LARGE, "a message has at most " + max + " characters");
                }
            }
            if (depth > 0) {
                throw bad("ends too early");
            }
        } catch (IOException malformed) {
            throw bad("is not CBOR, or has more than " + ClientJson.MAX_DEPTH + " levels");
        }
    }

    private static void copy(JsonToken token, JsonParser parser, JsonGenerator json) throws IOException {
        switch (token) {
            case START_OBJECT -> json.writeStartObject();
            case END_OBJECT -> json.writeEndObject();
            case START_ARRAY -> json.writeStartArray();
            case END_ARRAY -> json.writeEndArray();
            case FIELD_NAME -> json.writeFieldName(whole(parser.currentName()));
            case VALUE_STRING -> json.writeString(whole(parser.getText()));
            case VALUE_NUMBER_INT -> json.writeNumber(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> fraction(parser, json);
            case VALUE_TRUE -> json.writeBoolean(true);
            case VALUE_FALSE -> json.writeBoolean(false);
            case VALUE_NULL -> json.writeNull();
            default -> throw bad("has a value that JSON does not have");
        }
    }

    private static String whole(String text) {
        if (Characters.hasHalfPair(text)) {
            throw bad("holds half a surrogate pair");
        }
        return text;
    }

    private static void fraction(JsonParser parser, JsonGenerator json) throws IOException {
        if (parser.isNaN()) {
            throw bad("has a number that is not finite");
        }
        if (parser.getNumberType() == JsonParser.NumberType.BIG_DECIMAL) {
            json.writeNumber(parser.getDecimalValue());
        } else if (parser.getNumberType() == JsonParser.NumberType.FLOAT) {
            json.writeNumber((double) parser.getFloatValue());
        } else {
            json.writeNumber(parser.getDoubleValue());
        }
    }

    private static MillraceException bad(String why) {
        return new MillraceException(Failure.BAD_MESSAGE, "the message " + why);
    }
}
