package io.millrace.ingest.parse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import java.io.IOException;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads events from bodies, in the native form and as CloudEvents 1.0 (structured JSON). {@code data} is parsed once,
 * and kept as bytes. Stateless; safe from any thread.
 */
public final class EnvelopeReader {
    private static final ObjectMapper MAPPER = new ObjectMapper(JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(ClientJson.MAX_DEPTH)
                    // CheckedParser looks at each before it is made one, and a long one is the fault of its event
                    // alone.
                    .maxNumberLength(Integer.MAX_VALUE)
                    .build())
            .build());
    private static final ObjectReader TREES = MAPPER.reader().with(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

    private static final int MAX_SHOWN = 200;

    /** The form of the envelope. */
    public enum Form {
        NATIVE,
        CLOUDEVENTS
    }

    private EnvelopeReader() {}

    /** Reads a body with one event. */
    public static RawEvent one(byte[] body, int from, int to, Form form) {
        return parse("the event", body, from, to, parser -> {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw bad("an event is a JSON object");
            }
            return event(parser, body, from, form);
        });
    }

    /** Reads a body with an array of events. */
    public static void each(byte[] body, Form form, Consumer<RawEvent> consumer) {
        parse("the body", body, 0, body.length, parser -> {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw bad("expected an array of events");
            }
            while (next(parser) != JsonToken.END_ARRAY) {
                if (parser.currentToken() != JsonToken.START_OBJECT) {
                    throw bad("an event is a JSON object, and each element of the array an event");
                }
                consumer.accept(event(parser, body, 0, form));
            }
            return "";
        });
    }

    private static @Nullable JsonToken next(CheckedJsonParser parser) throws IOException {
        try {
            return parser.nextToken();
        } catch (CheckedJsonParser.Refused aNumberOrText) {
            return parser.currentToken();
        }
    }

    /**
     * Reads a bare value: the data of a CloudEvent.
     *
     * @param what the name of the value, for the start of an error message
     */
    static JsonNode value(String what, byte[] body) {
        return parse(what, body, 0, body.length, parser -> {
            try {
                if (parser.nextToken() == null) {
                    throw bad(what + " is empty");
                }
                return TREES.readTree(parser);
            } catch (CheckedJsonParser.Refused refused) {
                throw MillraceException.invalidEvent(
                        shown("/data" + parser.getParsingContext().pathAsPointer()), refused.what());
            } catch (MismatchedInputException wellFormed) {
                throw MillraceException.invalidEvent(
                        shown("/data" + parser.getParsingContext().pathAsPointer()), "is there twice");
            }
        });
    }

    /** Removes a byte-order mark. */
    public static byte[] withoutMark(byte[] body) {
        boolean marked = body.length >= 3 && body[0] == (byte) 0xEF && body[1] == (byte) 0xBB && body[2] == (byte) 0xBF;
        return marked ? Arrays.copyOfRange(body, 3, body.length) : body;
    }

    private interface Parsing<T> {
        T run(CheckedJsonParser parser) throws IOException;
    }

    private static <T> T parse(String what, byte[] body, int from, int to, Parsing<T> parsing) {
        requireBytes(what, body, from, to);
        try (CheckedJsonParser parser =
                new CheckedJsonParser(MAPPER.getFactory().createParser(body, from, to - from), body, from, to)) {
            T read = parsing.run(parser);
            if (parser.delegate().nextToken() != null) {
                throw bad(what + " goes on after its end");
            }
            return read;
        } catch (CheckedJsonParser.Refused whereNoEventIs) {
            throw bad(what + " " + whereNoEventIs.what());
        } catch (IOException wrong) {
            throw bad(what + " " + ClientJson.why(wrong));
        }
    }

    /** Refuses UTF-16 and UTF-32, which the parser would accept: their first bytes have a 0 or a byte-order mark. */
    private static void requireBytes(String what, byte[] body, int from, int to) {
        for (int i = from; i < Math.min(to, from + 4); i++) {
            if (body[i] == 0 || body[i] == (byte) 0xFE || body[i] == (byte) 0xFF) {
                throw bad(what + " isn't UTF-8");
            }
        }
    }

    private static RawEvent event(CheckedJsonParser parser, byte[] body, int base, Form form) throws IOException {
        RawEvent draft = new RawEvent();
        JsonStreamContext object = parser.getParsingContext();
        while (true) {
            try {
                if (parser.nextToken() != JsonToken.FIELD_NAME) {
                    break;
                }
                member(draft, parser, body, base, form);
            } catch (MillraceException wrong) {
                draft.wrong = wrong;
                skipTo(object, parser.delegate());
            } catch (CheckedJsonParser.Refused refused) {
                draft.wrong = MillraceException.invalidEvent(pointer(object, parser), refused.what());
                if (parser.currentToken() == JsonToken.FIELD_NAME) {
                    parser.delegate().nextToken();
                }
                skipTo(object, parser.delegate());
            } catch (MismatchedInputException wellFormed) {
                // The only well-formed JSON that a tree refuses.
                draft.wrong = MillraceException.invalidEvent(pointer(object, parser), "is there twice");
                skipTo(object, parser.delegate());
            }
        }
        if (form == Form.CLOUDEVENTS && draft.wrong == null) {
            try {
                CloudEvents.complete(draft);
            } catch (MillraceException incomplete) {
                draft.wrong = incomplete;
            }
        }
        return draft;
    }

    private static void member(RawEvent draft, CheckedJsonParser parser, byte[] body, int base, Form form)
            throws IOException {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("data")) {
            data(draft, parser, body, base);
        } else if (form == Form.NATIVE) {
            attribute(draft, name, parser);
        } else {
            CloudEvents.attribute(draft, name, TREES.readTree(parser));
        }
    }

    /** Only this event is bad; the others are read. */
    private static void skipTo(JsonStreamContext object, JsonParser parser) throws IOException {
        while (parser.getParsingContext() != object) {
            parser.nextToken();
        }
    }

    /** The pointer of the parser's position within the event. */
    private static String pointer(JsonStreamContext object, JsonParser parser) {
        JsonStreamContext around = object.getParent();
        int outside = around == null ? 0 : around.pathAsPointer().toString().length();
        return shown(parser.getParsingContext().pathAsPointer().toString().substring(outside));
    }

    /** The JSON pointer to a member of the event (RFC 6901). */
    static String pointer(String name) {
        return shown("/" + name.replace("~", "~0").replace("/", "~1"));
    }

    /** Shortens a text for a message, with whole characters. */
    private static String shown(String text) {
        String first = text.length() <= MAX_SHOWN ? text : text.substring(0, MAX_SHOWN) + "…";
        return Characters.wrong(first) == null
                ? first
                : first.codePoints()
                        .map(point -> Character.getType(point) == Character.SURROGATE || point == 0 ? 0xFFFD : point)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }

    private static void data(RawEvent draft, JsonParser parser, byte[] body, int base) throws IOException {
        if (draft.data != null) {
            throw MillraceException.invalidEvent("/data", "is there twice");
        }
        int from = (int) parser.currentTokenLocation().getByteOffset();
        draft.data = TREES.readTree(parser);
        int to = (int) parser.currentLocation().getByteOffset();
        draft.dataBytes = JsonSanitizer.oneLine(body, base + from, base + to);
    }

    private static void attribute(RawEvent draft, String name, JsonParser parser) throws IOException {
        switch (name) {
            case "id" -> draft.id = text(draft.id, name, parser);
            case "type" -> draft.type = text(draft.type, name, parser);
            case "source" -> draft.source = text(draft.source, name, parser);
            case "timestamp" -> draft.timestamp = text(draft.timestamp, name, parser);
            case "metadata" -> draft.metadata = TREES.readTree(parser);
            default ->
                throw MillraceException.invalidEvent(
                        pointer(name),
                        "is not a member of an event: id, type, source, timestamp, data, metadata"
                                + (name.equals("specversion")
                                        ? "; a CloudEvent has the Content-Type " + CloudEvents.STRUCTURED
                                        : ""));
        }
    }

    private static String text(@Nullable String before, String name, JsonParser parser) throws IOException {
        if (before != null) {
            throw MillraceException.invalidEvent("/" + name, "is there twice");
        }
        if (parser.currentToken() != JsonToken.VALUE_STRING) {
            throw MillraceException.invalidEvent("/" + name, "must be a string");
        }
        return parser.getText();
    }

    private static MillraceException bad(String message) {
        return new MillraceException(Failure.BAD_MESSAGE, message);
    }
}
