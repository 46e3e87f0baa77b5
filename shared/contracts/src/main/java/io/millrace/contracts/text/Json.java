package io.millrace.contracts.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Parses JSON to trees, and applies and makes merge patches (RFC 7396). Numbers keep every digit. Stateless. */
public final class Json {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /** 0 for equal leaves; any other result has no meaning. */
    private static final Comparator<JsonNode> BY_VALUE = (one, other) -> one.isNumber() && other.isNumber()
            ? one.decimalValue().compareTo(other.decimalValue())
            : one.equals(other) ? 0 : 1;

    private Json() {}

    /** Fails as {@link Failure#INVALID_EVENT}: old events may have a number that is out of range. */
    public static ObjectNode parse(byte[] json) {
        try {
            return (ObjectNode) MAPPER.readTree(json);
        } catch (IOException | NumberFormatException | ClassCastException unreadable) {
            throw new MillraceException(
                    Failure.INVALID_EVENT, "its data can't be read: " + unreadable.getMessage(), unreadable);
        }
    }

    public static ObjectNode parse(String json) {
        try {
            return (ObjectNode) MAPPER.readTree(json);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("the database holds an invalid JSON object", impossible);
        }
    }

    /** As {@link #parse}, as a map that may be changed. */
    public static Map<String, Object> map(byte[] json) {
        return MAPPER.convertValue(parse(json), new TypeReference<>() {});
    }

    public static String text(JsonNode tree) {
        try {
            return MAPPER.writeValueAsString(tree);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Whether two texts are the same JSON value (RFC 8259): numbers compare by value (129, 129.0, 1.29e2), members in
     * any order, characters in any escaped form.
     */
    public static boolean same(byte[] one, byte[] other) {
        return Arrays.equals(one, other) || parse(one).equals(BY_VALUE, parse(other));
    }

    /** Applies a patch to {@code target}; the result is a new tree, neither argument is modified. */
    public static ObjectNode merge(@Nullable ObjectNode target, ObjectNode patch) {
        ObjectNode merged = JsonNodeFactory.instance.objectNode();
        if (target != null) {
            merged.setAll(target);
        }
        for (Map.Entry<String, JsonNode> member : patch.properties()) {
            JsonNode value = member.getValue();
            if (value.isNull()) {
                merged.remove(member.getKey());
            } else if (value instanceof ObjectNode inner) {
                JsonNode known = merged.get(member.getKey());
                merged.set(member.getKey(), merge(known instanceof ObjectNode object ? object : null, inner));
            } else {
                merged.set(member.getKey(), value);
            }
        }
        return merged;
    }

    /** The smallest patch that turns {@code from} into {@code to}. */
    public static ObjectNode diff(ObjectNode from, ObjectNode to) {
        ObjectNode patch = JsonNodeFactory.instance.objectNode();
        for (Iterator<String> names = from.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!to.has(name)) {
                patch.putNull(name);
            }
        }
        for (Map.Entry<String, JsonNode> member : to.properties()) {
            JsonNode before = from.get(member.getKey());
            JsonNode after = member.getValue();
            if (before instanceof ObjectNode old && after instanceof ObjectNode now) {
                ObjectNode inner = diff(old, now);
                if (!inner.isEmpty()) {
                    patch.set(member.getKey(), inner);
                }
            } else if (!after.equals(before)) {
                patch.set(member.getKey(), after);
            }
        }
        return patch;
    }
}
