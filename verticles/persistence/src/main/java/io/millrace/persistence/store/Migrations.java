package io.millrace.persistence.store;

import io.millrace.postgres.PostgresSettings;
import io.vertx.pgclient.PgConnectOptions;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
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
        List<PgConnectOptions> servers = settings.servers();
        PgConnectOptions to = servers.get(0);
        String hosts = servers.stream()
                .map(server -> server.getHost() + ":" + server.getPort())
                .collect(Collectors.joining(","));
        try {
            var result = Flyway.configure()
                    .dataSource(jdbcUrl(hosts, to, settings.ca()), to.getUser(), to.getPassword())
                    .locations("classpath:db/migration")
                    .load()
                    .migrate();
            if (result.migrationsExecuted > 0) {
                LOG.info("PostgreSQL at {}: {} migrations run", hosts, result.migrationsExecuted);
            }
            return result.migrationsExecuted;
        } catch (FlywayException failed) {
            throw new IllegalStateException(
                    "PostgreSQL at " + hosts + "/" + to.getDatabase() + " can't be brought to this release's form: "
                            + rootMessage(failed),
                    failed);
        }
    }

    /** The same servers, TLS mode and schema as the stages' own connections; of several servers the one that takes writes. */
    private static String jdbcUrl(String hosts, PgConnectOptions to, @Nullable Path ca) {
        String mode = to.getSslMode().name().toLowerCase(Locale.ROOT).replace('_', '-');
        String url = "jdbc:postgresql://" + hosts + "/" + to.getDatabase()
                + (hosts.contains(",") ? "?targetServerType=primary&" : "?") + "sslmode=" + mode
                + (ca != null
                        ? "&sslrootcert=" + URLEncoder.encode(ca.toString(), StandardCharsets.UTF_8)
                        : mode.startsWith("verify") ? "&sslfactory=org.postgresql.ssl.DefaultJavaSSLFactory" : "");
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
