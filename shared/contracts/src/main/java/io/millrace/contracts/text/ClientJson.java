package io.millrace.contracts.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON of clients: each member once, nothing after the end, at most {@link #MAX_DEPTH} levels, numbers that
 * {@link ExactNumbers} accepts, whole characters. Any other input fails as {@link Failure#BAD_MESSAGE} with a message
 * of Millrace's own, never with another exception. Stateless.
 */
public final class ClientJson {
    /** The deepest nesting of objects and arrays. */
    public static final int MAX_DEPTH = 64;

    /** The most ids that a command names. */
    public static final int MAX_IDS = 1_000;

    private static final ObjectReader TREES = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build())
                    .build())
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build()
            .reader();

    private static final String DUPLICATE = "Duplicate field '";
    private static final int SHOWN = 60;

    private ClientJson() {}

    /** An object, and one of its members as unparsed text; null if the member is missing. */
    public record Split(ObjectNode object, @Nullable String member) {}

    /** @param what the name of the value, for the start of an error message */
    public static JsonNode value(String what, String text) {
        return read(what, text, parser -> {
            requireSomething(parser);
            return TREES.readTree(parser);
        });
    }

    /** As {@link #value}, for a value that must be an object. */
    public static ObjectNode object(String what, String text) {
        if (value(what, text) instanceof ObjectNode object) {
            return object;
        }
        throw bad(what, "must be a JSON object");
    }

    /** As {@link #object}, from UTF-8. */
    public static ObjectNode object(String what, byte[] utf8) {
        return object(what, utf8(what, utf8));
    }

    /** Refuses members of other names: without a misspelt criterion a command would concern more than was meant. */
    public static void known(JsonNode object, Set<String> names) {
        object.fieldNames().forEachRemaining(name -> {
            if (!names.contains(name)) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE,
                        name + " is none of "
                                + String.join(", ", names.stream().sorted().toList()));
            }
        });
    }

    /** The member {@code ids}: 1 to {@link #MAX_IDS} whole numbers; empty if it is missing. */
    public static List<Long> ids(JsonNode object) {
        JsonNode list = object.path("ids");
        if (list.isMissingNode()) {
            return List.of();
        }
        if (!list.isArray() || list.isEmpty() || list.size() > MAX_IDS) {
            throw bad("ids", "must be a list of 1 to " + MAX_IDS + " numbers");
        }
        List<Long> ids = new ArrayList<>();
        for (JsonNode id : list) {
            if (!id.isIntegralNumber() || !id.canConvertToLong()) {
                throw bad("ids", "must be numbers");
            }
            ids.add(id.asLong());
        }
        return ids;
    }

    /** Decodes UTF-8; fails as {@link Failure#BAD_MESSAGE} if the bytes are invalid. */
    public static String utf8(String what, byte[] bytes) {
        try {
            // A new decoder reports errors, which new String(…) would replace silently.
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException notUtf8) {
            throw bad(what, "isn't UTF-8");
        }
    }

    /**
     * Parses an object but leaves one member as text: JSON of which only the nesting was checked. For a member that
     * another stage reads by its own rules.
     */
    public static Split split(String what, String text, String member) {
        return read(what, text, parser -> {
            if (requireSomething(parser) != JsonToken.START_OBJECT) {
                throw new Wrong("must be a JSON object");
            }
            ObjectNode object = JsonNodeFactory.instance.objectNode();
            String found = null;
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (object.has(name) || (found != null && name.equals(member))) {
                    throw new Wrong(twice(name));
                }
                if (name.equals(member)) {
                    found = skip(parser.delegate(), text);
                } else {
                    parser.nextToken();
                    object.set(name, TREES.readTree(parser));
                }
            }
            return new Split(object, found);
        });
    }

    /**
     * Finds a member of an unreadable object, so that its error can be addressed: a string or whole number before the
     * place of the error; null if there is none.
     */
    public static @Nullable JsonNode memberOfUnreadable(String text, String member) {
        try (JsonParser parser = TREES.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return null;
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals(member);
                JsonToken value = parser.nextToken();
                if (!found) {
                    parser.skipChildren();
                } else if (value == JsonToken.VALUE_STRING || value == JsonToken.VALUE_NUMBER_INT) {
                    return TREES.readTree(parser);
                } else {
                    return null;
                }
            }
            return null;
        } catch (IOException endsHere) {
            return null;
        }
    }

    private static String skip(JsonParser parser, String text) throws IOException {
        parser.nextToken();
        int from = (int) parser.currentTokenLocation().getCharOffset();
        parser.skipChildren();
        // The end of a text is known only after it was read.
        parser.finishToken();
        return text.substring(from, (int) parser.currentLocation().getCharOffset());
    }

    private interface Reading<T> {
        T of(Checked parser) throws IOException;
    }

    private static <T> T read(String what, String text, Reading<T> reading) {
        try (Checked parser = new Checked(TREES.createParser(text), text)) {
            T read = reading.of(parser);
            if (parser.nextToken() != null) {
                throw new Wrong("goes on after its end");
            }
            return read;
        } catch (IOException wrong) {
            throw bad(what, why(wrong));
        }
    }

    private static JsonToken requireSomething(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == null) {
            throw new Wrong("is empty");
        }
        return first;
    }

    /** A message about invalid JSON, to follow the value's name: the library's message may have names of classes. */
    public static String why(IOException thrown) {
        if (thrown instanceof Wrong wrong) {
            return wrong.why;
        }
        JsonLocation at = thrown instanceof JsonProcessingException json ? json.getLocation() : null;
        String where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
        String message = thrown instanceof JsonProcessingException json ? json.getOriginalMessage() : "";
        if (thrown instanceof StreamConstraintsException) {
            return message.contains("depth")
                    ? "has more than " + MAX_DEPTH + " levels"
                    : "holds a number, a name or a text that is too long" + where;
        }
        int end = message.indexOf('\'', DUPLICATE.length());
        return message.startsWith(DUPLICATE) && end > 0
                ? twice(message.substring(DUPLICATE.length(), end)) + where
                : "is not JSON" + where;
    }

    private static String twice(String name) {
        return "has \"" + (name.length() > SHOWN ? name.substring(0, SHOWN) + "…" : name) + "\" twice";
    }

    private static MillraceException bad(String what, String why) {
        return new MillraceException(Failure.BAD_MESSAGE, what + " " + why);
    }

    private static final class Wrong extends IOException {
        private final String why;

        Wrong(String why) {
            super(why);
            this.why = why;
        }
    }

    /** Checks each number and text before it is converted. */
    private static final class Checked extends JsonParserDelegate {
        private final boolean escapes;

        Checked(JsonParser parser, String text) throws Wrong {
            super(parser);
            escapes = text.contains("\\u");
            check(text);
        }

        @Override
        public @Nullable JsonToken nextToken() throws IOException {
            JsonToken token = super.nextToken();
            if (token == null) {
                return null;
            }
            if (token.isNumeric()) {
                if (!ExactNumbers.holds(getTextCharacters(), getTextOffset(), getTextLength())) {
                    throw new Wrong("holds a number that can't be kept: " + ExactNumbers.ALLOWED);
                }
            } else if (escapes && (token == JsonToken.VALUE_STRING || token == JsonToken.FIELD_NAME)) {
                check(getText());
            }
            return token;
        }

        private static void check(String text) throws Wrong {
            String wrong = Characters.wrong(text);
            if (wrong != null) {
                throw new Wrong(wrong);
            }
        }
    }
}
