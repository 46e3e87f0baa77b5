package io.millrace.domain.yaml;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A value in a YAML file, or the position of a missing one.
 *
 * @param pointer the JSON pointer
 * @param path the readable path: {@code types."order:created".priority}
 * @param node the value; a missing node if there is none
 */
public record YamlNode(YamlDocument tree, String pointer, String path, JsonNode node) {
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z0-9_-]+");

    /** The value of a key. */
    public YamlNode at(String key) {
        String shown = PLAIN.matcher(key).matches() ? key : "\"" + key + "\"";
        return new YamlNode(
                tree,
                pointer + "/" + key.replace("~", "~0").replace("/", "~1"),
                path.isEmpty() ? shown : path + "." + shown,
                node.path(key));
    }

    /** An element of a list, from 0. */
    public YamlNode at(int index) {
        return new YamlNode(tree, pointer + "/" + index, path + "[" + index + "]", node.path(index));
    }

    /** The last step of the path: a key, or an index. */
    public String key() {
        return pointer.substring(pointer.lastIndexOf('/') + 1)
                .replace("~1", "/")
                .replace("~0", "~");
    }

    /** The values of an object's keys, or a list's elements. */
    public List<YamlNode> children() {
        List<YamlNode> children = new ArrayList<>();
        if (node.isArray()) {
            for (int i = 0; i < node.size(); i++) {
                children.add(at(i));
            }
        } else {
            node.fieldNames().forEachRemaining(key -> children.add(at(key)));
        }
        return children;
    }

    /** Whether there is no value: no key, or a key without a value. */
    public boolean empty() {
        return node.isMissingNode() || node.isNull();
    }

    /** The line, from 1; that of the nearest block around it for a missing value. */
    public int line() {
        return tree.line(pointer);
    }

    /** {@code file:line}. */
    public String where() {
        return tree.file() + ":" + line();
    }

    public ConfigurationError problem(String message) {
        return problem(message, null);
    }

    public ConfigurationError problem(String message, @Nullable String suggestion) {
        return new ConfigurationError(tree.file(), line(), path, message, suggestion);
    }

    /** The value, short enough for a message. */
    public String shown() {
        if (node.isTextual()) {
            String text = node.textValue();
            return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
        }
        return node.isObject() ? "a block" : node.isArray() ? "a list" : empty() ? "nothing" : node.asText();
    }
}
