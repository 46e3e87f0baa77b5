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
 * What events the rows of a table are. The language is described in {@code conf/replay/online-retail.yaml}. Immutable; made
 * by {@link MappingReader}.
 *
 * @param source the events' source
 * @param group the column whose equal values make rows a group; null if each row stands for itself
 * @param apart how many rows of other groups may lie between two of one group
 * @param values what is worked out once a group, by name
 * @param skips which groups are no events, and why; the first that fits counts
 * @param events what is made of the others, in order
 * @param references each name that has to be a column, and where it is used
 * @param fingerprint changes whenever the mapping's text does
 */
public record Mapping(
        String source,
        @Nullable String group,
        int apart,
        Map<String, Value> values,
        List<Skip> skips,
        List<EventRule> events,
        List<Reference> references,
        String fingerprint) {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonGenerator.Feature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    record Skip(Condition when, String reason) {}

    record Reference(String name, YamlNode place) {}

    /**
     * @param eachRow one event for each row instead of one for the group
     * @param timestamp null: the server's now
     */
    record EventRule(
            Condition when,
            boolean eachRow,
            String type,
            Value.Template id,
            Value.@Nullable Template timestamp,
            Value data,
            @Nullable Value metadata) {}

    /**
     * Whether the columns that the mapping speaks of are there, and are told from its values by their names.
     *
     * @throws InvalidConfigurationException they aren't; each is named, with its line
     */
    public void check(List<String> columns) throws InvalidConfigurationException {
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

    /** Why a group is left out on purpose; null if it isn't. */
    @Nullable
    public String skipped(RowGroup rows) {
        for (Skip skip : skips) {
            if (skip.when().holds(rows.first())) {
                return skip.reason();
            }
        }
        return null;
    }

    /**
     * The events of a group.
     *
     * @throws MappingException a row doesn't hold what it needs to
     */
    public List<ReplayEvent> events(RowGroup rows) {
        List<ReplayEvent> made = new ArrayList<>();
        for (EventRule rule : events) {
            for (Row row : rule.eachRow() ? rows.rows() : List.of(rows.first())) {
                if (rule.when().holds(row)) {
                    made.add(event(rule, row));
                }
            }
        }
        return made;
    }

    private ReplayEvent event(EventRule rule, Row row) {
        String id = rule.id().text(row);
        ObjectNode event = Value.JSON.objectNode();
        event.put("id", id).put("type", rule.type()).put("source", source);
        Instant timestamp = null;
        if (rule.timestamp() != null) {
            timestamp = timestamp(rule.timestamp().text(row), row);
            event.put("timestamp", timestamp.toString());
        }
        event.set("data", rule.data().of(row));
        JsonNode metadata = rule.metadata() == null ? null : rule.metadata().of(row);
        if (metadata != null) {
            event.set("metadata", metadata);
        }
        try {
            return new ReplayEvent(id, rule.type(), timestamp, ReplayEvent.Form.NATIVE, JSON.writeValueAsBytes(event));
        } catch (JsonProcessingException unwritable) {
            throw new MappingException("row " + row.number() + ": " + unwritable.getOriginalMessage());
        }
    }

    private static Instant timestamp(String text, Row row) {
        try {
            return Rfc3339.parse(text);
        } catch (DateTimeException wrong) {
            throw new MappingException("row " + row.number() + ": \"" + text + "\" " + wrong.getMessage());
        }
    }
}
