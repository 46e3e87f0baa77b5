package io.millrace.sources.postgres.engine;

import io.debezium.connector.postgresql.PostgresConnector;
import org.apache.kafka.connect.connector.Task;

/** Debezium's connector, with a task that hands on each value as the text that PostgreSQL sent. */
public final class TextConnector extends PostgresConnector {
    @Override
    public Class<? extends Task> taskClass() {
        return TextTask.class;
    }
}
