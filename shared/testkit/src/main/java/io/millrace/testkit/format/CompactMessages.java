package io.millrace.testkit.format;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import io.millrace.contracts.text.Json;
import io.millrace.contracts.text.Micros;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Reads one connection's messages of a compact form, written by the protocol's page alone. For one thread. */
public final class CompactMessages {
    /** The subprotocols that ask for the forms. */
    public static final String COMPACT = "v1.compact.millrace";

    public static final String CBOR = "v1.cbor.millrace";

    private static final CBORMapper CBOR_TREES = new CBORMapper();

    private final Map<Integer, Stream> streams = new HashMap<>();
    private final Map<Integer, String[]> types = new HashMap<>();

    private record Stream(String name, long sinceMicros) {}

    /** What an element says that is as before. */
    private static final class Frame {
        final boolean binary;
        String stream = "";
        String source = "";
        String epoch = "";
        long micros;

        Frame(boolean binary) {
            this.binary = binary;
        }
    }

    /** The messages of a text frame, as the plain form has them. */
    public List<JsonObject> text(String frame) {
        Frame before = new Frame(false);
        List<JsonObject> messages = new ArrayList<>();
        for (String line : frame.lines().toList()) {
            messages.add(
                    line.startsWith("[")
                            ? event(Json.parse("{\"a\":" + line + "}").get("a"), before)
                            : plain(new JsonObject(line)));
        }
        return messages;
    }

    /** The messages of a binary frame, as the plain form has them. */
    public List<JsonObject> binary(byte[] frame) {
        Frame before = new Frame(true);
        List<JsonObject> messages = new ArrayList<>();
        try (JsonParser items = CBOR_TREES.createParser(frame)) {
            for (JsonNode item = CBOR_TREES.readTree(items); item != null; item = CBOR_TREES.readTree(items)) {
                messages.add(item.isArray() ? event(item, before) : plain(json(item)));
            }
        } catch (IOException malformed) {
            throw new UncheckedIOException(malformed);
        }
        return messages;
    }

    private static JsonObject json(JsonNode object) {
        return new JsonObject(Json.text(object));
    }

    private JsonObject plain(JsonObject message) {
        if ("subscribed".equals(message.getString("type")) && message.containsKey("number")) {
            streams.put((Integer) message.remove("number"), new Stream(message.getString("stream"), (Long)
                    message.remove("since")));
            Object rows = message.remove("types");
            for (Object row : rows == null ? new JsonArray() : (JsonArray) rows) {
                JsonArray type = (JsonArray) row;
                types.put(type.getInteger(0), new String[] {type.getString(1), type.getString(2), type.getString(3)});
            }
        }
        return message;
    }

    private JsonObject event(JsonNode array, Frame frame) {
        if (array.get(0).intValue() != 0) {
            Stream stream = known(streams, array.get(0));
            frame.stream = stream.name();
            frame.micros = stream.sinceMicros();
        }
        String[] type = array.get(1).isTextual()
                ? new String[] {array.get(1).textValue(), "update", "normal"}
                : known(types, array.get(1));
        JsonObject more = array.has(7) ? json(array.get(7)) : new JsonObject();
        UUID uuid = uuid(array.get(2), frame.binary);
        frame.micros = array.get(3).longValue()
                + (uuid != null && isTimed(uuid) ? (uuid.getMostSignificantBits() >>> 16) * 1_000 : frame.micros);
        JsonObject message = new JsonObject()
                .put("type", more.getString("type", type[1]))
                .put("timestamp", Micros.text(frame.micros))
                .put("stream", frame.stream);
        String position = position(array.get(4), frame);
        if (position != null) {
            message.put("position", position);
        }
        message.put("priority", more.getString("priority", type[2]));
        if (more.containsKey("superseded")) {
            message.put("superseded", true);
        }
        frame.source = array.get(5).isTextual() ? array.get(5).textValue() : frame.source;
        String id = uuid == null ? text(array.get(2), frame.binary) : uuid.toString();
        JsonObject data = new JsonObject().put("id", id).put("type", type[0]).put("source", frame.source);
        return message.put("data", content(data, array.get(6), more));
    }

    /** Whether its first 48 bits are a time whose microseconds fit into 53 bits. */
    private static boolean isTimed(UUID uuid) {
        return uuid.version() == 7 && uuid.getMostSignificantBits() >>> 16 <= (1L << 53) / 1_000;
    }

    private static JsonObject content(JsonObject data, JsonNode content, JsonObject more) {
        if (content instanceof ObjectNode object) {
            data.put("data", json(object));
        }
        for (String member : List.of("entity", "version", "state", "patch")) {
            if (more.containsKey(member)) {
                data.put(member, more.getValue(member));
            }
        }
        return data.put("metadata", more.getJsonObject("metadata", new JsonObject()));
    }

    private static <T> T known(Map<Integer, T> numbered, JsonNode number) {
        T found = numbered.get(number.intValue());
        if (found == null) {
            throw new IllegalStateException(number + " has no name in " + numbered);
        }
        return found;
    }

    /** In JSON an id that begins with the mark of a UUID has it twice. */
    private static String text(JsonNode id, boolean binary) {
        return binary ? id.textValue() : id.textValue().replaceFirst("^~~", "~");
    }

    private static @Nullable UUID uuid(JsonNode id, boolean binary) {
        String text = id.asText();
        if (id.isTextual() && (binary || !text.startsWith("~") || text.startsWith("~~"))) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(bytes(id, 1));
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private static byte[] bytes(JsonNode value, int mark) {
        try {
            return value.isBinary()
                    ? value.binaryValue()
                    : Base64.getUrlDecoder().decode(value.textValue().substring(mark));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static @Nullable String position(JsonNode position, Frame frame) {
        if (position.isBinary()) {
            return "s." + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(position, 0));
        }
        if (position.isTextual()) {
            String text = position.textValue();
            frame.epoch = text.contains(":") ? text.substring(0, text.indexOf(':')) : frame.epoch;
            return text;
        }
        return position.longValue() == 0 ? null : frame.epoch + ":" + position.longValue();
    }
}
