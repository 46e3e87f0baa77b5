package io.millrace.mapping;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.text.Rfc3339;
import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.mapping.RowGroup.Row;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Turns groups of rows into events. Conditions select the groups, expressions compute the fields of the events. The
 * language is described in {@code conf/replay/online-retail.yaml}; why it is one of our own, in decision 016. Immutable;
 * made by {@link MappingReader}.
 *
 * @param source the events' source
 * @param groupColumn the column whose equal values put rows into a group; null if each row is a group
 * @param maxRowsApart how many rows of other groups may lie between two rows of one group
 * @param values computed once for each group, by name
 * @param skipRules which groups become no events, and why; the first that matches counts
 * @param eventRules which events each other group becomes, in order
 * @param references each name that the mapping uses, and where; columns or values
 * @param fingerprint changes whenever the mapping's text does
 */
public record Mapping(
        String source,
        @Nullable String groupColumn,
        int maxRowsApart,
        Map<String, Expression> values,
        List<SkipRule> skipRules,
        List<EventRule> eventRules,
        List<Reference> references,
        String fingerprint) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    /** Leaves matching groups out. */
    record SkipRule(Condition when, String reason) {}

    /** A name that is used at a place in the mapping file. */
    record Reference(String name, YamlNode place) {}

    /**
     * Makes one kind of event.
     *
     * @param when which groups, or rows, become such an event
     * @param eachRow whether each row of the group becomes an event, instead of the group
     * @param timestamp when the event happened; null if the server's clock decides
     */
    record EventRule(
            Condition when,
            boolean eachRow,
            String type,
            Expression.Template id,
            @Nullable Expression timestamp,
            Expression data,
            @Nullable Expression metadata) {}

    /**
     * Checks that each name which the mapping uses is a column or a value, and none is both.
     *
     * @throws InvalidConfigurationException with each name that isn't, and its line
     */
    public void checkColumns(List<String> columns) throws InvalidConfigurationException {
        List<ConfigurationError> problems = new ArrayList<>();
        for (Reference reference : references) {
            String name = reference.name();
            if (values.containsKey(name) && columns.contains(name)) {
                problems.add(reference
                        .place()
                        .problem(name + " is a column of the file and a value of the mapping; rename the value"));
            } else if (!columns.contains(name)
                    && !values.containsKey(name)
                    && !name.equals(RowGroup.ROW)
                    && !name.equals(RowGroup.LINE)) {
                TreeSet<String> names = new TreeSet<>(values.keySet());
                names.addAll(columns);
                String message = "there is no column or value " + name + "; the file has " + String.join(", ", columns);
                problems.add(reference.place().problem(message, Suggestions.closest(name, names)));
            }
        }
        if (!problems.isEmpty()) {
            throw new InvalidConfigurationException(problems);
        }
    }

    /** Whether the mapping uses a name. */
    public boolean uses(String name) {
        return references.stream().anyMatch(reference -> reference.name().equals(name));
    }

    /** Whether the mapping makes events at all. */
    public boolean makesEvents() {
        return !eventRules.isEmpty();
    }

    /** Returns why a group is left out on purpose, or null if it isn't. */
    @Nullable
    public String skipReason(RowGroup rows) {
        for (SkipRule skip : skipRules) {
            if (skip.when().matches(rows.head())) {
                return skip.reason();
            }
        }
        return null;
    }

    /**
     * Returns the events of a group, in the order of the rules; none if no rule matches.
     *
     * @throws MappingException a row doesn't hold what it needs to
     */
    public List<MappedEvent> toEvents(RowGroup rows) {
        List<MappedEvent> events = new ArrayList<>();
        for (EventRule rule : eventRules) {
            for (Row row : rule.eachRow() ? rows.rows() : List.of(rows.head())) {
                if (rule.when().matches(row)) {
                    events.add(toEvent(rule, row));
                }
            }
        }
        return events;
    }

    private MappedEvent toEvent(EventRule rule, Row row) {
        String id = rule.id().text(row);
        ObjectNode event = Expression.JSON.objectNode();
        event.put("id", id).put("type", rule.type()).put("source", source);
        Instant timestamp = null;
        if (rule.timestamp() != null) {
            timestamp = timestamp(rule.timestamp(), row);
            event.put("timestamp", timestamp.toString());
        }
        event.set("data", rule.data().evaluate(row));
        JsonNode metadata = rule.metadata() == null ? null : rule.metadata().evaluate(row);
        if (metadata != null) {
            event.set("metadata", metadata);
        }
        try {
            return new MappedEvent(id, rule.type(), timestamp, MappedEvent.Form.NATIVE, JSON.writeValueAsBytes(event));
        } catch (JsonProcessingException unwritable) {
            throw new MappingException(row.prefix() + unwritable.getOriginalMessage());
        }
    }

    private static Instant timestamp(Expression rule, Row row) {
        JsonNode node = rule.evaluate(row);
        String text = node == null ? "" : node.asText();
        try {
            return Rfc3339.parse(text);
        } catch (DateTimeException wrong) {
            throw new MappingException(row.prefix() + "\"" + text + "\" " + wrong.getMessage());
        }
    }
}
