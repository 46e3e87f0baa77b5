package io.millrace.sources.postgres.outbox;

import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.postgres.PostgresServer;
import io.millrace.sources.postgres.value.TableName;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * A table to which a program adds messages in its own transactions, as its file describes it (Richardson, "Pattern:
 * Transactional outbox"). Immutable.
 *
 * @param key a column of integers that grows
 * @param columns those that are read; empty for all
 * @param every how often it is looked for rows
 * @param beginning whether the rows that are there are read, or only those that come
 * @param delete whether rows are deleted when they are acknowledged
 */
public record OutboxSource(
        Source source,
        PostgresServer server,
        TableName table,
        String key,
        List<String> columns,
        Duration every,
        boolean beginning,
        boolean delete)
        implements ConfiguredSource {
    /** The table and the key of a row. */
    public static final String ID = "#id";

    public static final Set<String> ATTRIBUTES = Set.of(ID);
}
