package io.millrace.sources.postgres.outbox;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.sources.intake.Source;
import io.millrace.sources.postgres.PostgresServer;
import io.millrace.sources.postgres.PostgresServerReader;
import io.millrace.sources.postgres.value.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code outbox} of a source's file. Belongs to one thread. */
public final class OutboxSourceReader {
    private static final Duration EVERY = Duration.ofSeconds(1);

    private final Map<String, String> environment;
    private final List<ConfigurationError> problems;

    /**
     * @param environment where the password is
     * @param problems gets every mistake
     */
    public OutboxSourceReader(Map<String, String> environment, List<ConfigurationError> problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** Where a source begins that never read. */
    enum Start {
        EARLIEST,
        LATEST
    }

    /** Null, with a mistake, if something is wrong. */
    public @Nullable OutboxSource read(YamlNode place, Source source) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                place, problems, "uri", "password", "ca", "table", "key", "columns", "every", "start", "delete");
        if (block == null) {
            return null;
        }
        PostgresServer server = PostgresServerReader.read(block, environment);
        TableName table = block.compiled(block.required("table"), "table", TableName::parse);
        String key = block.text("key");
        List<String> columns = block.texts("columns").stream()
                .map(column -> column.node().textValue())
                .toList();
        Duration every = block.duration("every");
        Start start = block.choice("start", "start", Start.class);
        boolean delete = block.flag("delete", false);
        return problems.size() > before || table == null
                ? null
                : new OutboxSource(
                        source,
                        server,
                        table,
                        Objects.requireNonNullElse(key, "id"),
                        columns,
                        Objects.requireNonNullElse(every, EVERY),
                        start != Start.LATEST,
                        delete);
    }
}
