package io.millrace.sources.postgres;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.sources.intake.Source;
import io.millrace.sources.postgres.value.TableName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code postgres} of a source's file. Belongs to one thread. */
public final class PostgresSourceReader {
    /** What PostgreSQL takes for a slot. */
    private static final Pattern SLOT = Pattern.compile("[a-z0-9_]{1,63}");

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the password is
     * @param problems gets every mistake
     */
    public PostgresSourceReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** Null, with a mistake, if something is wrong. */
    public @Nullable PostgresSource read(YamlNode place, Source source) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                place,
                problems,
                "uri",
                "password",
                "ca",
                "tables",
                "slot",
                "publication",
                "create",
                "snapshot",
                "again");
        if (block == null) {
            return null;
        }
        String name = "millrace_" + source.name().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_]", "_");
        PostgresServer server = PostgresServerReader.read(block, environment);
        List<TableName> tables = tables(block);
        String slot = block.matching(block.text("slot"), "slot", SLOT, "name of a slot: a-z, 0-9 and _");
        String publication = block.text("publication");
        PostgresSource.Snapshot snapshot = block.choice("snapshot", "choice", PostgresSource.Snapshot.class);
        PostgresSource read = new PostgresSource(
                source,
                server,
                tables,
                Objects.requireNonNullElse(slot, name),
                Objects.requireNonNullElse(publication, name),
                block.flag("create", false),
                Objects.requireNonNullElse(snapshot, PostgresSource.Snapshot.INITIAL),
                block.text("again"));
        return problems.size() == before ? read : null;
    }

    private List<TableName> tables(YamlObjectReader block) {
        Set<TableName> tables = new LinkedHashSet<>();
        for (YamlNode name : block.texts("tables")) {
            try {
                if (!tables.add(TableName.parse(name.node().textValue()))) {
                    problems.add(name.problem("is there twice"));
                }
            } catch (IllegalArgumentException unreadable) {
                problems.add(name.problem(name.shown() + " " + unreadable.getMessage()));
            }
        }
        if (block.at("tables").empty()) {
            block.wrong("tables", "is missing: name the tables to read");
        }
        return List.copyOf(tables);
    }
}
