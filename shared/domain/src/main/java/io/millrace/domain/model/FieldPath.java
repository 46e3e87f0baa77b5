package io.millrace.domain.model;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A field of an event's data: {@code data.customer.id}.
 *
 * @param fields the names below {@code data}, at least one
 */
public record FieldPath(List<String> fields) {
    private static final String ROOT = "data.";

    public FieldPath {
        fields = List.copyOf(fields);
    }

    /**
     * The field that a path names.
     *
     * @throws IllegalArgumentException with what is wrong
     */
    public static FieldPath compile(String path) {
        if (!path.startsWith(ROOT)) {
            throw new IllegalArgumentException(
                    "\"" + path + "\" is not a valid field path: it begins with data., like data.id");
        }
        List<String> fields = List.of(path.substring(ROOT.length()).split("\\.", -1));
        for (String field : fields) {
            if (field.isBlank() || field.indexOf('{') >= 0 || field.indexOf('}') >= 0) {
                throw new IllegalArgumentException("\"" + path
                        + "\" is not a valid field path: a name between two dots is empty or holds a brace");
            }
        }
        return new FieldPath(fields);
    }

    /**
     * The value in an event's {@code data} as text: a text, number or boolean. Null for a missing value, null, an
     * object or an array.
     */
    public @Nullable String text(JsonNode data) {
        JsonNode node = data;
        for (int i = 0; i < fields.size(); i++) {
            node = node.get(fields.get(i));
            if (node == null) {
                return null;
            }
        }
        return node.isValueNode() && !node.isNull() ? node.asText() : null;
    }

    /** As a JSON pointer (RFC 6901) into an event. */
    public String pointer() {
        StringBuilder pointer = new StringBuilder("/data");
        for (String field : fields) {
            pointer.append('/').append(field.replace("~", "~0").replace("/", "~1"));
        }
        return pointer.toString();
    }

    /** Whether a name is {@code .} or {@code ..}, which a URL can't contain as a path segment. */
    public static boolean isDots(String name) {
        return name.equals(".") || name.equals("..");
    }

    /** Fails as {@link Failure#INVALID_EVENT}, about this field. */
    MillraceException invalid(String what) {
        return MillraceException.invalidEvent(pointer(), what);
    }

    @Override
    public String toString() {
        return ROOT + String.join(".", fields);
    }
}
