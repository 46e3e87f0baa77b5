package io.millrace.sources.postgres;

import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.postgres.value.TableName;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tables of a PostgreSQL whose changes are events, as its file describes it. Immutable.
 *
 * @param slot the replication slot, this source's alone
 * @param publication what the slot tells of
 * @param create whether the publication and the slot are made if they are missing
 * @param snapshot what becomes of the rows that are there already
 * @param again the source begins anew when this text changes; null for none
 */
public record PostgresSource(
        Source source,
        PostgresServer server,
        List<TableName> tables,
        String slot,
        String publication,
        boolean create,
        Snapshot snapshot,
        @Nullable String again)
        implements ConfiguredSource {
    /** The same each time a change is read, and no other change's. */
    public static final String ID = "#id";

    public static final Set<String> ATTRIBUTES = Set.of(ID);

    /** What becomes of the rows that are there when a source begins. */
    public enum Snapshot {
        /** They are read, before the changes that the snapshot doesn't know. */
        INITIAL,
        /** They are left out. */
        NEVER
    }
}
