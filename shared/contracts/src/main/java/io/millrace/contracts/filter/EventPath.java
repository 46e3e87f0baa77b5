package io.millrace.contracts.filter;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A field of an event as it is delivered: {@code type}, {@code source}, {@code id}, {@code priority}, {@code data.…},
 * {@code metadata.…}. Immutable.
 */
public final class EventPath {
    /** The largest number of characters of a path. */
    public static final int MAX_LENGTH = 200;

    private static final List<String> PLAIN = List.of("type", "source", "id", "priority");

    private final String text;
    private final String[] names;

    private EventPath(String text) {
        this.text = text;
        names = text.split("\\.", -1);
    }

    /**
     * The field that a path names.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    static EventPath compile(String path) {
        if (path.length() > MAX_LENGTH) {
            throw new IllegalArgumentException("a path has at most " + MAX_LENGTH + " characters");
        }
        if (PLAIN.contains(path)) {
            return new EventPath(path);
        }
        if (!path.startsWith("data.") && !path.startsWith("metadata.")) {
            throw new IllegalArgumentException(
                    "no path; a path is type, source, id, priority, or begins with data. or metadata., like data.total");
        }
        EventPath compiled = new EventPath(path);
        for (String name : compiled.names) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("no path; a name between two dots, or after the last, is empty");
            }
        }
        return compiled;
    }

    /** The value of an event at the path, which may be JSON's null; null if there is none. */
    @Nullable
    JsonNode find(JsonNode event) {
        JsonNode node = event;
        for (int i = 0; i < names.length && node != null; i++) {
            node = node.get(names[i]);
        }
        return node;
    }

    /**
     * The values by which an event is looked up in an index of {@link Filter#keys()}: the value at the path, or each
     * element of an array. None for a missing value or an object. An array may have the same value twice.
     */
    public void values(JsonNode event, Consumer<Object> index) {
        JsonNode node = find(event);
        if (node == null) {
            return;
        }
        if (!node.isArray()) {
            value(node, index);
            return;
        }
        for (int i = 0; i < node.size(); i++) {
            value(node.get(i), index);
        }
    }

    private static void value(JsonNode node, Consumer<Object> index) {
        Object value = JsonScalars.of(node);
        if (value != null) {
            index.accept(value);
        }
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof EventPath that && text.equals(that.text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    @Override
    public String toString() {
        return text;
    }
}
