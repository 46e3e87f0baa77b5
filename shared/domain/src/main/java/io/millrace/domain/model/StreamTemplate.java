package io.millrace.domain.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import java.util.Objects;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The names of a namespace's streams: one name, {@code orders}, or one for each key, {@code room:{data.roomId}}. A
 * stream's name has at most 200 characters, its key at most 128. Immutable.
 */
public final class StreamTemplate {
    /** The largest number of characters of a name. */
    public static final int MAX_NAME = 200;
    /** The largest number of characters of a key. */
    public static final int MAX_KEY = 128;

    private static final Pattern FIXED = Pattern.compile("[A-Za-z0-9_.:\\-]+");

    private final String fixed;
    private final @Nullable FieldPath key;

    private StreamTemplate(String fixed, @Nullable FieldPath key) {
        this.fixed = fixed;
        this.key = key;
    }

    /**
     * The streams that a template names.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static StreamTemplate compile(String template) {
        int brace = template.indexOf('{');
        String fixed = brace < 0 ? template : template.substring(0, brace);
        int most = brace < 0 ? MAX_NAME : MAX_NAME - MAX_KEY;
        if (!FIXED.matcher(fixed).matches() || fixed.length() > most) {
            throw new IllegalArgumentException("\"" + template + "\" is not a valid stream: its fixed part is 1 to "
                    + most + " of A-Z a-z 0-9 _ . : - and comes first");
        }
        if (FieldPath.isDots(fixed)) {
            throw new IllegalArgumentException(
                    "\"" + template + "\" is not a valid stream: a URL takes it for another path");
        }
        if (brace < 0) {
            return new StreamTemplate(fixed, null);
        }
        if (template.indexOf('}') != template.length() - 1) {
            throw new IllegalArgumentException(
                    "\"" + template + "\" is not a valid stream: one key, like {data.roomId}, stands at its end");
        }
        return new StreamTemplate(fixed, FieldPath.compile(template.substring(brace + 1, template.length() - 1)));
    }

    /** Whether there is one stream for each key. */
    public boolean keyed() {
        return key != null;
    }

    /** The field with the key; null without keys. */
    public @Nullable FieldPath key() {
        return key;
    }

    /** The prefix of all names; the whole name without keys. */
    public String prefix() {
        return fixed;
    }

    /** The stream of a key; null if the key is invalid, or without keys. */
    public @Nullable String of(String key) {
        return keyed() && isKey(key, 0) ? fixed.concat(key) : null;
    }

    /** The stream of an event with this data; null if its key is missing or invalid. */
    public @Nullable String resolve(JsonNode data) {
        if (key == null) {
            return fixed;
        }
        String value = key.text(data);
        return value != null && isKey(value, 0) ? fixed.concat(value) : null;
    }

    /** As {@link #resolve}; fails as {@link Failure#INVALID_EVENT} where that is null. */
    public String require(JsonNode data) {
        String stream = resolve(data);
        if (stream != null) {
            return stream;
        }
        FieldPath missing = Objects.requireNonNull(key, "a stream without a key has its name");
        throw missing.invalid(
                missing.text(data) == null
                        ? "is missing: it is the key of the stream " + this
                        : "can't be the key of the stream " + this + ": that has 1 to " + MAX_KEY
                                + " printable characters, and no blank");
    }

    /** Whether the name matches the template. */
    public boolean matches(String stream) {
        return key == null ? stream.equals(fixed) : stream.startsWith(fixed) && isKey(stream, fixed.length());
    }

    /** The key of a stream that {@link #matches}; null without keys. */
    public @Nullable String keyOf(String stream) {
        return key != null && matches(stream) ? stream.substring(fixed.length()) : null;
    }

    /** Whether some name matches both templates. */
    public boolean overlaps(StreamTemplate other) {
        if (keyed() && other.keyed()) {
            return fixed.startsWith(other.fixed) || other.fixed.startsWith(fixed);
        }
        return keyed() ? matches(other.fixed) : other.matches(fixed);
    }

    /** Whether a key is printable and unambiguous: no space, control or invisible character. */
    private static boolean isKey(String text, int from) {
        if (text.length() == from || text.codePointCount(from, text.length()) > MAX_KEY) {
            return false;
        }
        for (int at = from; at < text.length(); ) {
            int point = text.codePointAt(at);
            switch (Character.getType(point)) {
                case Character.SPACE_SEPARATOR,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.CONTROL,
                        Character.FORMAT,
                        Character.SURROGATE,
                        Character.PRIVATE_USE,
                        Character.UNASSIGNED -> {
                    return false;
                }
                default -> at += Character.charCount(point);
            }
        }
        return true;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof StreamTemplate that && toString().equals(that.toString());
    }

    @Override
    public int hashCode() {
        return fixed.hashCode();
    }

    @Override
    public String toString() {
        return key == null ? fixed : fixed + "{" + key + "}";
    }
}
