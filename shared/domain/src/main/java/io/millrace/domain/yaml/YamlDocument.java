package io.millrace.domain.yaml;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One YAML file as a tree with the line of each value, for messages. A file has one document, no anchors and aliases, and
 * each key once. Immutable after parsing.
 */
public final class YamlDocument {
    /** Only true and false are booleans; words like NO and off stay strings. */
    private static final YAMLFactory YAML =
            new YAMLFactory().enable(YAMLParser.Feature.PARSE_BOOLEAN_LIKE_WORDS_AS_STRINGS);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
    private static final Pattern LINE = Pattern.compile("line (\\d+), column");

    private final String file;
    private final Map<String, Integer> lines = new HashMap<>();
    private final List<ConfigurationError> problems;
    private JsonNode root = NODES.nullNode();

    private YamlDocument(String file, List<ConfigurationError> problems) {
        this.file = file;
        this.problems = problems;
    }

    /**
     * Parses a text.
     *
     * @param file the file's name for messages
     * @return null, with a problem added, if the text isn't YAML
     */
    public static @Nullable YamlDocument parse(String file, String yaml, List<ConfigurationError> problems) {
        YamlDocument tree = new YamlDocument(file, problems);
        try (YAMLParser parser = YAML.createParser(yaml)) {
            if (parser.nextToken() != null) {
                tree.root = tree.value(parser, "");
                if (parser.nextToken() != null) {
                    problems.add(tree.problem(parser, "", "a second document; one file holds one"));
                }
            }
            return tree;
        } catch (IOException notYaml) {
            problems.add(tree.syntaxError(notYaml));
            return null;
        }
    }

    /** The file's name. */
    public String file() {
        return file;
    }

    /** The root node; {@linkplain YamlNode#empty empty} if the file has only comments. */
    public YamlNode root() {
        return new YamlNode(this, "", "", root);
    }

    /** The line of the value at a JSON pointer, from 1; that of the nearest value around it if there is none. */
    public int line(String pointer) {
        String at = pointer;
        while (!at.isEmpty()) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
            at = at.substring(0, at.lastIndexOf('/'));
        }
        return 1;
    }

    private JsonNode value(YAMLParser parser, String pointer) throws IOException {
        if (parser.isCurrentAlias()) {
            problems.add(problem(parser, pointer, "an alias; write the value out"));
            return NODES.nullNode();
        }
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, pointer);
            case START_ARRAY -> array(parser, pointer);
            case VALUE_STRING -> NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT -> integer(parser);
            case VALUE_NUMBER_FLOAT -> decimal(parser, pointer);
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> {
                problems.add(problem(parser, pointer, "no text, number, boolean, list or block"));
                yield NODES.nullNode();
            }
        };
    }

    private ObjectNode object(YAMLParser parser, String pointer) throws IOException {
        ObjectNode object = NODES.objectNode();
        YamlNode here = new YamlNode(this, pointer, "", object);
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            String at = here.at(key).pointer();
            int line = parser.currentTokenLocation().getLineNr();
            Integer first = lines.putIfAbsent(at, line);
            if (first != null) {
                problems.add(new ConfigurationError(
                        file, line, readable(at), "stands here twice, first in line " + first, null));
                parser.nextToken();
                parser.skipChildren();
            } else {
                parser.nextToken();
                object.set(key, value(parser, at));
            }
        }
        return object;
    }

    private ArrayNode array(YAMLParser parser, String pointer) throws IOException {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            String at = pointer + "/" + array.size();
            lines.put(at, parser.currentTokenLocation().getLineNr());
            array.add(value(parser, at));
        }
        return array;
    }

    private JsonNode decimal(YAMLParser parser, String pointer) throws IOException {
        double value = parser.getDoubleValue();
        if (!Double.isFinite(value)) {
            problems.add(problem(parser, pointer, "a number that is too large"));
            return NODES.numberNode(0);
        }
        return NODES.numberNode(value);
    }

    private static JsonNode integer(JsonParser parser) throws IOException {
        return switch (parser.getNumberType()) {
            case INT -> NODES.numberNode(parser.getIntValue());
            case LONG -> NODES.numberNode(parser.getLongValue());
            default -> NODES.numberNode(parser.getBigIntegerValue());
        };
    }

    private ConfigurationError problem(JsonParser parser, String pointer, String message) {
        return new ConfigurationError(
                file, parser.currentTokenLocation().getLineNr(), readable(pointer), message, null);
    }

    /** The path as in {@link YamlNode#path}, from the pointer alone, since the tree isn't complete yet. */
    private String readable(String pointer) {
        YamlNode place = root();
        for (String part :
                pointer.isEmpty() ? new String[0] : pointer.substring(1).split("/", -1)) {
            place = place.at(part.replace("~1", "/").replace("~0", "~"));
        }
        return place.path();
    }

    /** Shortens the parser's message, which has many lines with an excerpt: the sentences, and the last line number. */
    private ConfigurationError syntaxError(IOException error) {
        String whole = error instanceof JsonProcessingException json
                ? String.valueOf(json.getOriginalMessage())
                : String.valueOf(error.getMessage());
        int line = error instanceof JsonProcessingException json && json.getLocation() != null
                ? json.getLocation().getLineNr()
                : 1;
        for (Matcher matcher = LINE.matcher(whole); matcher.find(); ) {
            line = Integer.parseInt(matcher.group(1));
        }
        List<String> sentences =
                whole.lines().filter(l -> !l.isBlank() && !l.startsWith(" ")).toList();
        return new ConfigurationError(file, line, "", "no YAML: " + String.join(", ", sentences), null);
    }
}
