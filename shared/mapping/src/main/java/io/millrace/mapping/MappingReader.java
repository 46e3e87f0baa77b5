package io.millrace.mapping;

import io.millrace.contracts.text.Sha256;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlDocument;
import io.millrace.domain.yaml.YamlNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads a mapping file. A mistake is noted and read as if it weren't there; all mistakes are reported at the end. Belongs to
 * one thread.
 */
public final class MappingReader {
    private static final int MAX_ROWS_APART = 10_000;

    private final List<ConfigurationError> problems;
    private final ExpressionReader expressions;

    private MappingReader(List<ConfigurationError> problems) {
        this.problems = problems;
        this.expressions = new ExpressionReader(problems);
    }

    /**
     * Reads a file.
     *
     * @throws InvalidConfigurationException with every mistake in it
     */
    public static Mapping read(Path file) throws InvalidConfigurationException {
        try {
            return parse(file.toString(), Files.readString(file));
        } catch (IOException unreadable) {
            throw new InvalidConfigurationException(List.of(new ConfigurationError(
                    file.toString(), 0, "", "can't be read as UTF-8 text: " + unreadable, null)));
        }
    }

    /** As {@link #read}, from a text. */
    public static Mapping parse(String name, String yaml) throws InvalidConfigurationException {
        MappingReader reader = new MappingReader(new ArrayList<>());
        YamlDocument tree = YamlDocument.parse(name, yaml, reader.problems);
        Mapping mapping = tree == null ? null : reader.mapping(tree.root(), yaml);
        if (mapping == null || !reader.problems.isEmpty()) {
            throw new InvalidConfigurationException(reader.problems);
        }
        return mapping;
    }

    /**
     * Reads the mapping of JSON documents in a file that says more than that: its {@code values}, {@code skip},
     * {@code rows} and {@code events}. A file that says nothing of events makes none.
     *
     * @param source the events' source
     * @param attributes what comes beside a document, by names that begin with #; one that ends with a dot stands for all
     *     names that begin with it
     * @param problems gets every mistake
     */
    public static DocumentMapping ofDocuments(
            YamlNode root, String source, Set<String> attributes, List<ConfigurationError> problems) {
        MappingReader reader = new MappingReader(problems);
        YamlNode rows = root.at("rows");
        String list = rows.empty() ? "" : reader.expressions.name(rows);
        Mapping mapping = new Mapping(
                source,
                null,
                0,
                reader.values(root.at("values")),
                reader.skips(root.at("skip")),
                root.at("events").empty() ? List.of() : reader.events(root.at("events")),
                List.copyOf(reader.expressions.references()),
                "");
        reader.checkPaths(mapping, attributes);
        return new DocumentMapping(mapping, list);
    }

    /** What a document holds isn't known before it comes, but how a path is written is. */
    private void checkPaths(Mapping mapping, Set<String> attributes) {
        for (Mapping.Reference reference : mapping.references()) {
            String name = reference.name();
            if (name.startsWith("#") && !isAttribute(name, attributes) && !name.equals(RowGroup.ROW)) {
                Set<String> known = new TreeSet<>(attributes);
                known.add(RowGroup.ROW);
                problems.add(reference
                        .place()
                        .problem(name + " is none of " + String.join(", ", known), Suggestions.closest(name, known)));
            } else if (!name.startsWith("#") && ("." + name + ".").contains("..")) {
                problems.add(reference.place().problem("\"" + name + "\" has an empty step"));
            }
        }
    }

    private static boolean isAttribute(String name, Set<String> attributes) {
        return attributes.contains(name)
                || attributes.stream().anyMatch(start -> start.endsWith(".") && name.startsWith(start));
    }

    private @Nullable Mapping mapping(YamlNode root, String yaml) {
        if (!expressions.block(root, "source", "group", "apart", "values", "skip", "events")) {
            return null;
        }
        String source = expressions.requiredText(root.at("source"));
        YamlNode groupPlace = root.at("group");
        String group = groupPlace.empty() ? null : expressions.name(groupPlace);
        Map<String, Expression> values = values(root.at("values"));
        List<Mapping.SkipRule> skips = skips(root.at("skip"));
        List<Mapping.EventRule> events = events(root.at("events"));
        String fingerprint = MappingReader.fingerprint(yaml.getBytes(StandardCharsets.UTF_8));
        return new Mapping(
                Objects.requireNonNullElse(source, ""),
                group,
                distance(root.at("apart")),
                values,
                skips,
                events,
                List.copyOf(expressions.references()),
                fingerprint);
    }

    private int distance(YamlNode place) {
        return place.empty() ? 0 : expressions.integer(place, 0, MAX_ROWS_APART);
    }

    private Map<String, Expression> values(YamlNode place) {
        Map<String, Expression> values = new LinkedHashMap<>();
        if (place.empty()) {
            return values;
        }
        if (!place.node().isObject()) {
            problems.add(place.problem(place.shown() + " where a block of names and values belongs"));
            return values;
        }
        List<String> names = place.children().stream().map(YamlNode::key).toList();
        for (YamlNode child : place.children()) {
            int before = expressions.references().size();
            values.put(child.key(), expressions.expression(child));
            // A value may stand on those above it only, so that none can stand on itself.
            expressions.references().stream()
                    .skip(before)
                    .filter(used -> names.contains(used.name()) && !isAbove(used.name(), child.key(), names))
                    .forEach(used -> problems.add(used.place()
                            .problem("the value " + used.name() + " is needed here, but stands further down")));
        }
        return values;
    }

    private static boolean isAbove(String name, String other, List<String> names) {
        return names.indexOf(name) < names.indexOf(other);
    }

    private List<Mapping.SkipRule> skips(YamlNode place) {
        List<Mapping.SkipRule> skips = new ArrayList<>();
        for (YamlNode item : expressions.list(place)) {
            if (expressions.block(item, "when", "reason")) {
                String reason = expressions.requiredText(item.at("reason"));
                skips.add(new Mapping.SkipRule(
                        expressions.condition(item.at("when")), Objects.requireNonNullElse(reason, "")));
            }
        }
        return skips;
    }

    private List<Mapping.EventRule> events(YamlNode place) {
        List<Mapping.EventRule> rules = new ArrayList<>();
        for (YamlNode item : expressions.list(place)) {
            if (expressions.block(item, "type", "each", "when", "id", "timestamp", "data", "metadata")) {
                rules.add(rule(item));
            }
        }
        if (rules.isEmpty()) {
            problems.add(place.problem("no event is described"));
        }
        return rules;
    }

    private Mapping.EventRule rule(YamlNode item) {
        YamlNode each = item.at("each");
        if (!each.empty()
                && !each.node().asText().equals("row")
                && !each.node().asText().equals("group")) {
            problems.add(each.problem(each.shown() + " where row or group belongs"));
        }
        String type = expressions.requiredText(item.at("type"));
        YamlNode data = item.at("data");
        if (!data.node().isObject()) {
            problems.add(data.problem(data.shown() + " where a block of fields belongs"));
        }
        return new Mapping.EventRule(
                expressions.condition(item.at("when")),
                each.node().asText().equals("row"),
                Objects.requireNonNullElse(type, ""),
                expressions.requiredTemplate(item.at("id")),
                item.at("timestamp").empty() ? null : timestamp(item.at("timestamp")),
                expressions.expression(data),
                item.at("metadata").empty() ? null : expressions.expression(item.at("metadata")));
    }

    private Expression timestamp(YamlNode place) {
        return place.node().has("column") ? expressions.expression(place) : expressions.requiredTemplate(place);
    }

    /** The first 16 hexadecimal digits of a text's SHA-256. */
    public static String fingerprint(byte[] content) {
        return HexFormat.of().formatHex(Sha256.of(content), 0, 8);
    }
}
