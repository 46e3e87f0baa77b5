package io.millrace.platform.schema;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.Micros;
import io.millrace.platform.tracing.TraceParent;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An event's metadata as its sender wrote it, checked.
 *
 * @param shown what subscribers see of it, as JSON: category, tags, expiresAt, traceparent; never the event's
 *     recipients
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record MetadataReader(
        @Nullable Priority priority,
        long expiresAtMicros,
        long expectedVersion,
        @Nullable Recipients target,
        @Nullable Recipients exclude,
        byte[] shown) {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final byte[] NOTHING = {'{', '}'};
    private static final MetadataReader NONE = new MetadataReader(null, 0, Event.ANY_VERSION, null, null, NOTHING);
    private static final int MAX_TEXT = 128;
    private static final int MAX_TAGS = 20;
    private static final int MAX_AUDIENCE = 100;

    public static MetadataReader read(@Nullable JsonNode node) {
        if (node == null || (node.isEmpty() && node.isObject())) {
            return NONE;
        }
        if (!node.isObject()) {
            throw MillraceException.invalidEvent("/metadata", "must be an object");
        }
        Reading reading = new Reading();
        for (Map.Entry<String, JsonNode> member : node.properties()) {
            reading.member(member.getKey(), member.getValue());
        }
        return new MetadataReader(
                reading.priority,
                reading.expiresAtMicros,
                reading.expectedVersion,
                reading.target,
                reading.exclude,
                reading.shownBytes());
    }

    /** The member {@code expiresAt}, in microseconds since 1970 UTC. */
    public static long expiresAtMicros(JsonNode value) {
        return Micros.of(EventRules.instant("/metadata/expiresAt", text("/metadata/expiresAt", value)));
    }

    /** The member {@code expectedVersion}. */
    public static long expectedVersion(JsonNode value) {
        if (!isWhole(value) || !value.canConvertToLong() || value.asLong() < 0) {
            throw MillraceException.invalidEvent(
                    "/metadata/expectedVersion", "must be a version: 0 (not there yet), 1, 2 …");
        }
        return value.asLong();
    }

    /** Accepts 3, 3.0 and 3e0, which are the same number. */
    private static boolean isWhole(JsonNode value) {
        return value.isNumber() && value.canConvertToExactIntegral();
    }

    private static String text(String pointer, JsonNode value) {
        if (!value.isTextual()) {
            throw MillraceException.invalidEvent(pointer, "must be a string");
        }
        return EventRules.text(pointer, value.asText(), MAX_TEXT);
    }

    private static final class Reading {
        private @Nullable Priority priority;
        private long expiresAtMicros;
        private long expectedVersion = Event.ANY_VERSION;
        private @Nullable Recipients target;
        private @Nullable Recipients exclude;
        private final ObjectNode shown = MAPPER.createObjectNode();

        void member(String name, JsonNode value) {
            String pointer = "/metadata/" + name;
            switch (name) {
                case "priority" -> priority = priority(pointer, value);
                case "category" -> shown.put(name, text(pointer, value));
                case TraceParent.NAME -> traceparent(value);
                case "tags" -> shown.set(name, tags(pointer, value));
                case "expiresAt" -> {
                    expiresAtMicros = expiresAtMicros(value);
                    shown.set(name, value);
                }
                case "expectedVersion" -> expectedVersion = expectedVersion(value);
                case "target" -> target = audience(pointer, value);
                case "exclude" -> exclude = audience(pointer, value);
                default ->
                    throw MillraceException.invalidEvent(
                            pointer,
                            "is not a member of metadata: priority, category, tags, expiresAt, expectedVersion, target,"
                                    + " exclude, traceparent");
            }
        }

        /** One that nobody can read is as if there were none (W3C Trace Context, 3.2): never an error of the event. */
        private void traceparent(JsonNode value) {
            String text = value.textValue();
            if (text != null && !text.isEmpty() && text.length() <= MAX_TEXT && Characters.isPrintable(text)) {
                shown.put(TraceParent.NAME, text);
            }
        }

        byte[] shownBytes() {
            if (shown.isEmpty()) {
                return NOTHING;
            }
            try {
                return MAPPER.writeValueAsBytes(shown);
            } catch (JsonProcessingException impossible) {
                throw new IllegalStateException(impossible);
            }
        }

        private static Priority priority(String pointer, JsonNode value) {
            Priority priority = value.isTextual()
                    ? Priority.of(value.asText())
                    : isWhole(value) && value.canConvertToInt() ? Priority.ofNumber(value.asInt()) : null;
            if (priority == null) {
                throw MillraceException.invalidEvent(pointer, "must be low, normal, high, critical, or 0 to 9");
            }
            return priority;
        }

        private static JsonNode tags(String pointer, JsonNode value) {
            texts(pointer, value, MAX_TAGS);
            return value;
        }

        private static Recipients audience(String pointer, JsonNode value) {
            if (!value.isObject()) {
                throw MillraceException.invalidEvent(pointer, "must be an object of roles, users and connections");
            }
            for (Map.Entry<String, JsonNode> member : value.properties()) {
                if (!Set.of("roles", "users", "connections").contains(member.getKey())) {
                    throw MillraceException.invalidEvent(
                            pointer + "/" + member.getKey(), "is none of roles, users, connections");
                }
            }
            return new Recipients(
                    members(pointer, value, "roles"),
                    members(pointer, value, "users"),
                    members(pointer, value, "connections"));
        }

        private static Set<String> members(String pointer, JsonNode audience, String name) {
            JsonNode list = audience.get(name);
            return list == null ? Set.of() : texts(pointer + "/" + name, list, MAX_AUDIENCE);
        }

        private static Set<String> texts(String pointer, JsonNode list, int max) {
            if (!list.isArray() || list.size() > max) {
                throw MillraceException.invalidEvent(pointer, "must be a list of at most " + max + " strings");
            }
            Set<String> texts = new LinkedHashSet<>();
            for (int i = 0; i < list.size(); i++) {
                texts.add(text(pointer + "/" + i, list.get(i)));
            }
            return texts;
        }
    }
}
