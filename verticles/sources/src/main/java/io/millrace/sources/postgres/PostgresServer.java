package io.millrace.sources.postgres;

import io.millrace.postgres.PostgresSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The PostgreSQL that a source reads.
 *
 * @param uri without a password
 * @param password null if none is needed
 * @param ca the certificates that are trusted, PEM; null for those of the JVM
 */
public record PostgresServer(String uri, @Nullable String password, @Nullable Path ca) {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServer.class);
    private static final int CONNECT_MS = 5_000;

    /** What the texts of values depend on. */
    public static final String SESSION =
            "set timezone = 'UTC'; set intervalstyle = 'iso_8601'; set bytea_output = 'hex';"
                    + " set lc_monetary = 'C'; set extra_float_digits = 1; set datestyle = 'ISO'";

    /** What Vert.x's client connects with. */
    public PgConnectOptions options() {
        PgConnectOptions options = new PostgresSettings(uri, password).servers().get(0);
        options.setReconnectAttempts(0);
        if (ca != null) {
            TrustOptions trusted = new PemTrustOptions().addCertPath(ca.toString());
            options.setSslOptions(PostgresSettings.tls(options.getSslMode(), trusted));
        }
        return options;
    }

    /**
     * Connects, with a session in which values have the texts that sources read.
     *
     * @param name in pg_stat_activity
     */
    public Future<PgConnection> connect(Vertx vertx, String name, boolean readOnly) {
        String session = SESSION + (readOnly ? "; set default_transaction_read_only = on" : "");
        Future<PgConnection> connecting = PgConnection.connect(vertx, options().addProperty("application_name", name));
        return connecting
                .timeout(2L * CONNECT_MS, TimeUnit.MILLISECONDS)
                .onFailure(late -> connecting.onComplete(done -> {
                    if (done.succeeded()) {
                        close(done.result());
                    }
                }))
                .compose(connection -> connection
                        .query(session)
                        .execute()
                        .timeout(2L * CONNECT_MS, TimeUnit.MILLISECONDS)
                        .onFailure(refused -> close(connection))
                        .map(connection));
    }

    private static void close(PgConnection unused) {
        unused.close().onFailure(error -> LOG.debug("a connection that isn't used has failed", error));
    }

    /** For messages: without a user or a password. */
    public String address() {
        PgConnectOptions options = options();
        return options.getHost() + ":" + options.getPort() + "/" + options.getDatabase();
    }

    /** How long a connection may take, in milliseconds. */
    public static int connectMs() {
        return CONNECT_MS;
    }
}
