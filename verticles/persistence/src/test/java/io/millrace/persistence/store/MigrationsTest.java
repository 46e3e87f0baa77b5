package io.millrace.persistence.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Tables of an earlier release, with rows in them. */
@Timeout(60)
class MigrationsTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void entitiesStayInTheStreamOfTheirLastEventAndAreGoneWhereTheyWereBefore() throws Exception {
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0)) {
            String url = "jdbc:" + postgres.uri().replaceFirst("//.*@", "//");
            Flyway.configure()
                    .dataSource(url, "millrace", null)
                    .locations("classpath:db/migration")
                    .target("7")
                    .load()
                    .migrate();
            try (Connection connection = DriverManager.getConnection(url, "millrace", null);
                    Statement sql = connection.createStatement()) {
                sql.execute("insert into streams (name, epoch, head) values ('room:1', 'a', 2), ('room:2', 'b', 3)");
                sql.execute(
                        "insert into changes (kind, id, version, stream, pos, by) values"
                                + " ('table', 'stays', 1, 1, 1, 'u'), ('table', 'moves', 1, 1, 2, 'u'), ('table', 'moves', 2, 2, 3, 'u')");
                sql.execute("insert into events (stream, pos, id, source, type, time, priority, data, owner, publisher)"
                        + " values (1, 1, 'e1', 's', 't:t', now(), 1, '{}', 'c-1', 'u'),"
                        + " (2, 3, 'e3', 's', 't:t', now(), 1, '{}', null, 'u')");
                sql.execute("insert into entities (kind, id, version, state, stream, pos) values"
                        + " ('table', 'stays', 1, '{\"a\":1}', 1, 1), ('table', 'moves', 2, '{\"b\":2}', 2, 3)");

                Migrations.run(
                        PostgresSettings.from(Settings.load(null, Map.of(), Map.of("postgres.uri", postgres.uri()))));

                assertEquals(
                        List.of("1 moves 1 null 2", "1 stays 1 {\"a\":1} 1", "2 moves 2 {\"b\":2} 3"),
                        rows(
                                sql,
                                "select concat_ws(' ', stream, id, version, coalesce(state::text, 'null'), pos)"
                                        + " from entities order by 1"));
                assertEquals(
                        List.of("stays c-1"),
                        rows(sql, "select id || ' ' || owner from entities where owner is not null"));
                assertEquals(
                        List.of("1 moves 1", "1 stays 1", "2 moves 2"),
                        rows(sql, "select concat_ws(' ', stream, id, version) from changes order by 1"));
            }
        }
    }

    private static List<String> rows(Statement sql, String query) throws SQLException {
        List<String> rows = new ArrayList<>();
        try (ResultSet found = sql.executeQuery(query)) {
            while (found.next()) {
                rows.add(found.getString(1));
            }
        }
        return rows;
    }
}
