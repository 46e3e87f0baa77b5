package io.millrace.sources.postgres.engine;

import io.debezium.connector.postgresql.PostgresConnectorConfig;
import io.debezium.connector.postgresql.PostgresConnectorTask;
import io.debezium.connector.postgresql.PostgresSchema;
import io.debezium.connector.postgresql.PostgresType;
import io.debezium.connector.postgresql.TypeRegistry;
import io.debezium.connector.postgresql.connection.PostgresConnection;
import io.debezium.connector.postgresql.connection.ReplicationConnection;
import io.debezium.jdbc.JdbcConnection;
import io.millrace.sources.postgres.PostgresServer;
import java.sql.SQLException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Debezium's task, whose decoder takes every column for a text. Its own decoding makes Java objects of the values, which
 * loses some of them (arrays in arrays, infinity, other currencies) and ends the stream at others, such as the time
 * 24:00; decision 024 has the list.
 */
public final class TextTask extends PostgresConnectorTask {
    private static final Duration STATUS_EVERY = Duration.ofSeconds(10);

    /** pgjdbc gives a session the time zone of the JVM, so what its texts depend on is set. */
    @Override
    protected ReplicationConnection buildReplicationConnection(
            PostgresConnection metadata, PostgresSchema schema, PostgresConnectorConfig config) throws SQLException {
        ReplicationConnection connection = ReplicationConnection.builder(config)
                .withSlot(config.slotName())
                .withPublication(config.publicationName())
                .withTableFilter(config.getTableFilters())
                .withPublicationAutocreateMode(PostgresConnectorConfig.AutoCreateMode.DISABLED)
                .withPlugin(config.plugin())
                .dropSlotOnClose(false)
                .statusUpdateInterval(STATUS_EVERY)
                .withTypeRegistry(new AllText(metadata))
                .withSchema(schema)
                .jdbcMetadataConnection(metadata)
                .build();
        ((JdbcConnection) connection).execute(PostgresServer.SESSION);
        return connection;
    }

    /** By oid the types are what they are; by name, as the decoder of values asks, all are texts. */
    private static final class AllText extends TypeRegistry {
        private final @Nullable PostgresType text;

        AllText(PostgresConnection connection) {
            super(connection);
            text = get("text");
        }

        @Override
        public PostgresType get(String schema, String name) {
            return text == null ? super.get(schema, name) : text;
        }
    }
}
