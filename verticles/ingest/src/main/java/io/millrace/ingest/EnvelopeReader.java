package io.millrace.ingest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NumericNode;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads events out of bodies, in our own form and as CloudEvents 1.0 (structured JSON). {@code data} is parsed once, and
 * kept as its bytes. Without state; safe from any thread.
 */
final class EnvelopeReader {
    private static final int MAX_DEPTH = 64;
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(400)
                    .build())
            .build());
    private static final ObjectReader TREES = MAPPER.reader()
            .with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .with(new FiniteNumbers());

    /** How the envelope is written. */
    enum Form {
        NATIVE,
        CLOUDEVENTS
    }

    private EnvelopeReader() {}

    /** The one event of a body. */
    static Draft one(byte[] body, int from, int to, Form form) {
        Draft[] only = new Draft[1];
        parse(body, from, to, parser -> {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw bad("expected an event, which is a JSON object");
            }
            only[0] = event(parser, body, from, form);
        });
        return only[0];
    }

    /** Each event of an array. */
    static void each(byte[] body, Form form, Consumer<Draft> consumer) {
        parse(body, 0, body.length, parser -> {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw bad("expected an array of events");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    throw bad("an event is a JSON object; found " + parser.currentToken());
                }
                consumer.accept(event(parser, body, 0, form));
            }
        });
    }

    /** A bare value: the data of a CloudEvent in binary form, or an attribute. */
    static JsonNode value(byte[] body) {
        JsonNode[] value = new JsonNode[1];
        parse(body, 0, body.length, parser -> {
            parser.nextToken();
            value[0] = TREES.readTree(parser);
        });
        return value[0];
    }

    private interface Parsing {
        void run(JsonParser parser) throws IOException;
    }

    private static void parse(byte[] body, int from, int to, Parsing parsing) {
        try (JsonParser parser = MAPPER.getFactory().createParser(body, from, to - from)) {
            parsing.run(parser);
            if (parser.nextToken() != null) {
                throw bad("something follows after the end");
            }
        } catch (JsonProcessingException notJson) {
            var at = notJson.getLocation();
            String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw bad("not JSON" + where + ": " + notJson.getOriginalMessage());
        } catch (IOException | RuntimeException other) {
            throw other instanceof MillraceException known ? known : bad("not JSON: " + other.getMessage());
        }
    }

    private static Draft event(JsonParser parser, byte[] body, int base, Form form) throws IOException {
        Draft draft = new Draft();
        JsonStreamContext object = parser.getParsingContext();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            parser.nextToken();
            try {
                if (name.equals("data")) {
                    data(draft, parser, body, base);
                } else if (form == Form.NATIVE) {
                    attribute(draft, name, parser);
                } else {
                    cloudAttribute(draft, name, parser);
                }
            } catch (MillraceException wrong) {
                draft.wrong = wrong;
                skipTo(object, parser);
            } catch (MismatchedInputException wellFormed) {
                // The one thing that a tree refuses of well-formed JSON.
                draft.wrong = EventChecks.invalid(pointer(object, parser), "is there twice");
                skipTo(object, parser);
            }
        }
        return draft;
    }

    /** Only this event is bad; its neighbours are read on. */
    private static void skipTo(JsonStreamContext object, JsonParser parser) throws IOException {
        while (parser.getParsingContext() != object) {
            parser.nextToken();
        }
    }

    /** Where the parser stands, from the event on. */
    private static String pointer(JsonStreamContext object, JsonParser parser) {
        JsonStreamContext around = object.getParent();
        int outside = around == null ? 0 : around.pathAsPointer().toString().length();
        return parser.getParsingContext().pathAsPointer().toString().substring(outside);
    }

    private static void data(Draft draft, JsonParser parser, byte[] body, int base) throws IOException {
        if (draft.data != null) {
            throw EventChecks.invalid("/data", "is there twice");
        }
        int from = (int) parser.currentTokenLocation().getByteOffset();
        draft.data = TREES.readTree(parser);
        int to = (int) parser.currentLocation().getByteOffset();
        draft.dataBytes = JsonText.oneLine(body, base + from, base + to);
    }

    private static void attribute(Draft draft, String name, JsonParser parser) throws IOException {
        switch (name) {
            case "id" -> draft.id = text(draft.id, name, parser);
            case "type" -> draft.type = text(draft.type, name, parser);
            case "source" -> draft.source = text(draft.source, name, parser);
            case "timestamp" -> draft.timestamp = text(draft.timestamp, name, parser);
            case "metadata" -> draft.metadata = TREES.readTree(parser);
            default ->
                throw EventChecks.invalid(
                        "/" + name, "is no member of an event: id, type, source, timestamp, data, metadata");
        }
    }

    private static void cloudAttribute(Draft draft, String name, JsonParser parser) throws IOException {
        switch (name) {
            case "specversion" -> CloudEvents.requireVersion(text(null, name, parser));
            case "id" -> draft.id = text(draft.id, name, parser);
            case "type" -> draft.type = text(draft.type, name, parser);
            case "source" -> draft.source = text(draft.source, name, parser);
            case "time" -> draft.timestamp = text(draft.timestamp, name, parser);
            case "datacontenttype" -> CloudEvents.requireJson(text(null, name, parser));
            case "data_base64" -> throw EventChecks.invalid("/data_base64", "only JSON data is taken");
            default -> CloudEvents.extension(draft, name, TREES.readTree(parser));
        }
    }

    private static String text(@Nullable String before, String name, JsonParser parser) throws IOException {
        if (before != null) {
            throw EventChecks.invalid("/" + name, "is there twice");
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw EventChecks.invalid("/" + name, "must be a string");
        }
        return parser.getText();
    }

    private static MillraceException bad(String message) {
        return new MillraceException(Failure.BAD_MESSAGE, message);
    }

    /** 1e400 is JSON, but neither a double nor anything that a browser can show. */
    private static final class FiniteNumbers extends JsonNodeFactory {
        @Override
        public NumericNode numberNode(double value) {
            if (Double.isInfinite(value)) {
                throw EventChecks.invalid("/data", "holds a number beyond the range of a double");
            }
            return super.numberNode(value);
        }
    }
}
