package io.millrace.sources.postgres.engine;

import io.debezium.connector.postgresql.UnchangedToastedReplicationMessageColumn;
import io.debezium.spi.converter.CustomConverter;
import io.debezium.spi.converter.RelationalColumn;
import io.millrace.sources.postgres.value.ColumnType;
import java.util.Properties;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.jspecify.annotations.Nullable;

/** Makes JSON of each column's text. Every column may be null, so that none is given a value that it hasn't. */
public final class TextConverter implements CustomConverter<SchemaBuilder, RelationalColumn> {
    /** Stands for a value that PostgreSQL didn't send, since it is large and hasn't changed; no JSON. */
    static final String UNCHANGED = "unchanged";

    @Override
    public void configure(Properties nothing) {}

    @Override
    public void converterFor(RelationalColumn column, ConverterRegistration<SchemaBuilder> registration) {
        ColumnType type = ColumnType.of(column.nativeType(), column.typeName(), column.jdbcType());
        registration.register(SchemaBuilder.string().optional(), value -> json(type, value));
    }

    private static @Nullable String json(ColumnType type, @Nullable Object value) {
        if (value == null) {
            return null;
        }
        return UnchangedToastedReplicationMessageColumn.isUnchangedToastedValue(value)
                ? UNCHANGED
                : type.json(value.toString());
    }
}
