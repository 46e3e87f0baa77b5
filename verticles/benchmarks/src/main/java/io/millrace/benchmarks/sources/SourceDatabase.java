package io.millrace.benchmarks.sources;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.benchmarks.report.Arguments;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;

/**
 * A PostgreSQL whose changes are read, with one table. It prints its port, and ends with its input. Arguments: {@code
 * directory=}.
 */
public final class SourceDatabase {
    private SourceDatabase() {}

    public static void main(String[] args) throws Exception {
        Path directory = Path.of(new Arguments(args).text("directory"));
        try (EmbeddedPostgres postgres = EmbeddedPostgres.start(directory, 0)) {
            sql(postgres.port(), "alter system set wal_level = 'logical'");
            postgres.restart();
            sql(
                    postgres.port(),
                    "create table changes (id bigserial primary key, t bigint not null, entity text not null,"
                            + " status text not null, amount numeric(12, 2) not null, currency text not null,"
                            + " note text not null)");
            System.out.println(postgres.port());
            System.in.transferTo(java.io.OutputStream.nullOutputStream());
        }
        System.exit(0);
    }

    private static void sql(int port, String statement) throws Exception {
        try (Connection connection = connect(port);
                Statement run = connection.createStatement()) {
            run.execute(statement);
        }
    }

    static Connection connect(int port) throws Exception {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/millrace", "millrace", "");
    }
}
