package io.millrace.postgres;

import io.millrace.contracts.text.Suggestions;
import io.millrace.platform.settings.Settings;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TrustOptions;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.SslMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The connection settings of PostgreSQL.
 *
 * @param uri {@code postgresql://user@host:port/database}, with any of the parameters in {@link #PARAMETERS}; several hosts,
 *     separated by commas, are one database that fails over between them
 * @param password null if the URI has it, or none is needed
 * @param ca the certificates that verify-ca and verify-full trust, PEM; null for those of the JVM
 */
public record PostgresSettings(String uri, @Nullable String password, @Nullable Path ca) {
    private static final String URI = "postgres.uri";
    private static final String CA = "postgres.tls.ca";

    /** Parameters of the URI that have an effect here (PostgreSQL manual, 32.1.1.2, has more). */
    static final List<String> PARAMETERS =
            List.of("host", "hostaddr", "port", "user", "password", "dbname", "sslmode", "search_path");

    private static final String PRIMARY =
            "the one of the hosts that takes writes is found by itself, and used for reads too";

    /** Parameters that other clients understand, and what to do instead. */
    private static final Map<String, String> INSTEAD = Map.of(
            "target_session_attrs",
            PRIMARY,
            "targetservertype",
            PRIMARY,
            "load_balance_hosts",
            PRIMARY,
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
        String ca = settings.optionalText(CA);
        if (ca != null && !Files.isReadable(Path.of(ca))) {
            settings.refuse(CA, "names a file that can't be read");
        } else if (ca != null
                && wrong == null
                && !verifies(PgConnectOptions.fromUri(uris(uri).get(0)))) {
            settings.refuse(CA, "has no effect without sslmode=verify-full or verify-ca in " + URI);
        }
        return new PostgresSettings(uri, settings.secret("postgres.password"), ca == null ? null : Path.of(ca));
    }

    /** One that trusts whom the JVM trusts. */
    public PostgresSettings(String uri, @Nullable String password) {
        this(uri, password, null);
    }

    private static boolean verifies(PgConnectOptions options) {
        return options.getSslMode() == SslMode.VERIFY_FULL || options.getSslMode() == SslMode.VERIFY_CA;
    }

    /** What is wrong with the URI; null if it is valid. */
    public static @Nullable String mistake(String uri) {
        int query = uri.indexOf('?');
        String wrong = query < 0 ? null : parameterMistake(uri.substring(query + 1));
        if (wrong != null) {
            return wrong;
        }
        try {
            uris(uri).forEach(PgConnectOptions::fromUri);
            return uri.contains("@,") || uri.matches("[^?]*,[,/?:].*") ? "has an empty name among its hosts" : null;
        } catch (IllegalArgumentException unreadable) {
            return "is not a PostgreSQL URI (expected postgresql://user@host:port/database, or several hosts: user@a:5432,b:5432/database)";
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
                return "names several hosts in a parameter: name them before the database, user@a:5432,b:5432/database";
            }
        }
        return null;
    }

    /** One URI for each host. */
    private static List<String> uris(String uri) {
        int user = uri.indexOf("://") + 3;
        int end = uri.length();
        for (int i = end - 1; i >= user; i--) {
            char c = uri.charAt(i);
            end = c == '/' || c == '?' ? i : end;
        }
        int hosts = Math.max(user, uri.lastIndexOf('@', end - 1) + 1);
        String before = uri.substring(0, hosts);
        String after = uri.substring(end);
        return Arrays.stream(uri.substring(hosts, end).split(",", -1))
                .map(host -> before + host + after)
                .toList();
    }

    /** Whether the URI names more than one host. */
    public static boolean hasSeveralHosts(String uri) {
        return uris(uri).size() > 1;
    }

    /** The client's options of each host, with the password. */
    public List<PgConnectOptions> servers() {
        return uris(uri).stream().map(this::server).toList();
    }

    private PgConnectOptions server(String address) {
        PgConnectOptions options = PgConnectOptions.fromUri(address);
        if (options.getSslMode() != SslMode.DISABLE) {
            options.setSslOptions(
                    tls(options.getSslMode(), ca == null ? null : new PemTrustOptions().addCertPath(ca.toString())));
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
