package io.millrace.persistence;

import io.vertx.pgclient.PgConnectOptions;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the tables to this release's form. Blocks. Safe to run on several nodes at once: Flyway holds a lock. */
final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {}

    /**
     * @return how many migrations were run
     * @throws IllegalStateException if PostgreSQL can't be reached, or holds tables that aren't Millrace's
     */
    static int run(PersistenceSettings settings) {
        PgConnectOptions to = PgConnectOptions.fromUri(settings.uri());
        String url = "jdbc:postgresql://" + to.getHost() + ":" + to.getPort() + "/" + to.getDatabase();
        String password = settings.password() != null ? settings.password() : to.getPassword();
        try {
            var result = Flyway.configure()
                    .dataSource(url, to.getUser(), password)
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
            if (result.migrationsExecuted > 0) {
                LOG.info(
                        "PostgreSQL at {}:{}: {} migrations run",
                        to.getHost(),
                        to.getPort(),
                        result.migrationsExecuted);
            }
            return result.migrationsExecuted;
        } catch (FlywayException failed) {
            throw new IllegalStateException(
                    "PostgreSQL at " + to.getHost() + ":" + to.getPort() + "/" + to.getDatabase()
                            + " can't be brought to this release's form: " + rootMessage(failed),
                    failed);
        }
    }

    private static String rootMessage(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        // Flyway writes a small table; a mistake at the start is one line.
        return String.valueOf(cause.getMessage()).strip().replaceAll("\\s*\\R[-\\s]*", "; ");
    }
}
