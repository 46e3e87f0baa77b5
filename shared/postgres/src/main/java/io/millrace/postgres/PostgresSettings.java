package io.millrace.postgres;

import io.millrace.contracts.text.Suggestions;
import io.millrace.platform.settings.Settings;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The connection settings of PostgreSQL.
 *
 * @param uri {@code postgresql://user@host:port/database}, with any of the parameters in {@link #PARAMETERS}
 * @param password null if the URI has it, or none is needed
 */
public record PostgresSettings(String uri, @Nullable String password) {
    private static final String URI = "postgres.uri";

    /** Parameters of the URI that have an effect here (PostgreSQL manual, 32.1.1.2, has more). */
    static final List<String> PARAMETERS =
            List.of("host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "search_path");

    private static final String ONE_HOST = "only one host is supported: name the address that follows the primary"
            + " (a proxy, a service, a floating address); a server that takes no writes is refused by itself";

    /** Parameters that other clients understand, and what to do instead. */
    private static final Map<String, String> INSTEAD = Map.of(
            "target_session_attrs",
            ONE_HOST,
            "targetservertype",
            ONE_HOST,
            "load_balance_hosts",
            ONE_HOST,
            "application_name",
            "each pool of connections names itself",
            "options",
            "they are set by Millrace; ALTER ROLE ... SET has the same effect",
            "connect_timeout",
            "persistence.commit.timeout bounds how long a connection is waited for");

    /** Mistakes in the URI are added to {@code settings}. The messages never have its password. */
    public static PostgresSettings from(Settings settings) {
        String uri = settings.text(URI, "postgresql://millrace@127.0.0.1:5432/millrace");
        String wrong = mistake(uri);
        if (wrong != null) {
            settings.refuse(URI, wrong);
        }
        return new PostgresSettings(uri, settings.secret("postgres.password"));
    }

    /** What is wrong with the URI; null if it is valid. */
    public static @Nullable String mistake(String uri) {
        int query = uri.indexOf('?');
        String address = query < 0 ? uri : uri.substring(0, query);
        if (address.substring(address.lastIndexOf('@') + 1).contains(",")) {
            return "names several hosts; " + ONE_HOST;
        }
        String wrong = query < 0 ? null : parameterMistake(uri.substring(query + 1));
        if (wrong != null) {
            return wrong;
        }
        try {
            PgConnectOptions.fromUri(uri);
            return null;
        } catch (IllegalArgumentException unreadable) {
            return "is not a PostgreSQL URI (expected postgresql://user@host:port/database)";
        }
    }

    private static @Nullable String parameterMistake(String query) {
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            String name = (equals < 0 ? pair : pair.substring(0, equals)).toLowerCase(Locale.ROOT);
            if (equals < 0) {
                return "has the parameter " + name + " without a value";
            }
            if (!PARAMETERS.contains(name)) {
                String instead = INSTEAD.get(name);
                String closest = Suggestions.closest(name, PARAMETERS);
                return "has the parameter " + name + ", which has no effect here: "
                        + (instead != null
                                ? instead
                                : closest != null
                                        ? "did you mean " + closest + "?"
                                        : "known are " + String.join(", ", PARAMETERS));
            }
            if (name.equals("host") && pair.contains(",")) {
                return "names several hosts; " + ONE_HOST;
            }
        }
        return null;
    }

    /** The client's options, with the password; verify-ca and verify-full trust whom the JVM trusts. */
    public PgConnectOptions connectOptions() {
        PgConnectOptions options = PgConnectOptions.fromUri(uri);
        if (options.getSslMode() != SslMode.DISABLE) {
            options.setSslOptions(tls(options.getSslMode(), null));
        }
        return password == null ? options : options.setPassword(password);
    }

    /**
     * What a mode checks (PostgreSQL manual, 32.19.1).
     *
     * @param trusted the authorities that verify-ca and verify-full trust; null for the JVM's
     */
    public static ClientSSLOptions tls(SslMode mode, @Nullable TrustOptions trusted) {
        return switch (mode) {
            case VERIFY_FULL ->
                new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("HTTPS")
                        .setTrustOptions(trusted == null ? ofTheJvm() : trusted);
            case VERIFY_CA ->
                new ClientSSLOptions()
                        .setHostnameVerificationAlgorithm("")
                        .setTrustOptions(trusted == null ? ofTheJvm() : trusted);
            default ->
                new ClientSSLOptions().setHostnameVerificationAlgorithm("").setTrustAll(true);
        };
    }

    /** Vert.x' client insists on being told. */
    private static TrustOptions ofTheJvm() {
        try {
            TrustManagerFactory known = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            known.init((KeyStore) null);
            return TrustOptions.wrap(known);
        } catch (GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
