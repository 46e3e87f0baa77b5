package io.millrace.persistence.store;

import io.millrace.postgres.PostgresSettings;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Migrates the tables to this release. Blocks. Safe on several nodes at once: Flyway holds a lock. */
public final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);

    private Migrations() {}

    /**
     * @return how many migrations were run
     * @throws IllegalStateException if PostgreSQL can't be reached, or has tables that aren't Millrace's
     */
    public static int run(PostgresSettings settings) {
        PgConnectOptions to = settings.connectOptions();
        try {
            var result = Flyway.configure()
                    .dataSource(jdbcUrl(to), to.getUser(), to.getPassword())
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

    /** The same server, TLS mode and schema as the stages' own connections. */
    private static String jdbcUrl(PgConnectOptions to) {
        String mode = to.getSslMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
        String url = "jdbc:postgresql://" + to.getHost() + ":" + to.getPort() + "/" + to.getDatabase() + "?sslmode="
                + mode + (mode.startsWith("verify") ? "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory" : "");
        String schemas = to.getProperties().get("search_path");
        return schemas == null ? url : url + "&currentSchema=" + URLEncoder.encode(schemas, StandardCharsets.UTF_8);
    }

    private static String rootMessage(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        // Flyway logs a table; here an error at the start is one line.
        return String.valueOf(cause.getMessage()).strip().replaceAll("\\s*\\R[-\\s]*", "; ");
    }
}
