package io.millrace.redis;

import io.millrace.platform.settings.RedisAddress;
import io.millrace.platform.settings.Settings;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisReplicas;
import io.vertx.redis.client.RedisRole;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The node's own Redis. Immutable.
 *
 * @param uris the server, the Sentinels, or some nodes of the cluster: {@code redis://host:port}, or {@code rediss} for TLS
 * @param mode what is at these addresses
 * @param master the name by which the Sentinels know the primary
 * @param user null for the default one
 * @param password of the user, at the Sentinels too; null if none is needed
 * @param ca the certificates that are trusted, PEM; null for those of the JVM
 */
public record RedisSettings(
        List<String> uris,
        Mode mode,
        String master,
        @Nullable String user,
        @Nullable String password,
        @Nullable Path ca) {
    private static final String URI_SETTING = "redis.uri";
    private static final String PASSWORD = "redis.password";
    private static final String CA = "redis.tls.ca";
    private static final String FORM =
            "is not redis://host:port or rediss://host:port; Sentinels and nodes of a cluster are separated by commas";

    /** What takes over when a server dies. */
    public enum Mode {
        SINGLE(RedisClientType.STANDALONE),
        SENTINEL(RedisClientType.SENTINEL),
        CLUSTER(RedisClientType.CLUSTER);

        private final RedisClientType type;

        Mode(RedisClientType type) {
            this.type = type;
        }
    }

    /** One server that everybody may use. */
    public static RedisSettings at(String uri) {
        return new RedisSettings(List.of(uri), Mode.SINGLE, "", null, null, null);
    }

    /** Mistakes are added to {@code settings}. The messages never have a password. */
    public static RedisSettings from(Settings settings) {
        String uri = settings.text(URI_SETTING, "redis://127.0.0.1:6379");
        Mode mode = settings.choice("redis.mode", Mode.class, Mode.SINGLE);
        String ca = settings.optionalText(CA);
        List<String> uris = uris(uri);
        boolean valid = uris.stream().allMatch(RedisSettings::isValid) && isValid(front(uri) + "host");
        if (!valid) {
            settings.refuse(URI_SETTING, FORM);
        } else if (mode == Mode.SINGLE && uris.size() > 1) {
            settings.refuse(
                    URI_SETTING, "names several servers: say in redis.mode whether they are Sentinels or a cluster");
        } else if (hasLoginInQuery(uris.get(0))) {
            settings.refuse(
                    URI_SETTING,
                    "has user= or password= behind the ?, which the client prefers to " + PASSWORD
                            + ": write the user before the host, and set MILLRACE_REDIS_PASSWORD");
        }
        if (ca != null && !Files.isReadable(Path.of(ca))) {
            settings.refuse(CA, "names a file that can't be read");
        } else if (ca != null && !uri.startsWith("rediss:")) {
            settings.refuse(CA, "has no effect without rediss:// in " + URI_SETTING);
        }
        String user = valid ? user(uri, 0) : null;
        String secret = settings.secret(PASSWORD);
        String password = secret == null && valid ? user(uri, 1) : secret;
        if (user != null && password == null) {
            settings.refuse(
                    PASSWORD,
                    "is missing, and without it the client leaves out the user in " + URI_SETTING
                            + ": set MILLRACE_REDIS_PASSWORD or MILLRACE_REDIS_PASSWORD_FILE");
        }
        return new RedisSettings(
                uris, mode, settings.text("redis.master", "mymaster"), user, password, ca == null ? null : Path.of(ca));
    }

    /** The user before the hosts (0), or the password behind it (1); null if it isn't there. */
    private static @Nullable String user(String uri, int part) {
        int at = uri.lastIndexOf('@');
        if (at < 0) {
            return null;
        }
        String[] both = uri.substring(uri.indexOf("://") + 3, at).split(":", 2);
        return both.length <= part || both[part].isEmpty()
                ? null
                : URLDecoder.decode(both[part].replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    /** What is before the hosts. */
    private static String front(String uri) {
        return uri.substring(0, Math.max(uri.lastIndexOf('@') + 1, uri.indexOf("://") + 3));
    }

    /** One URI for each host, without a user; what is behind the hosts is the same for all. */
    private static List<String> uris(String uri) {
        if (!uri.contains("://")) {
            return List.of(uri);
        }
        int scheme = uri.indexOf("://") + 3;
        int begin = front(uri).length();
        int slash = uri.indexOf('/', begin);
        int query = uri.indexOf('?', begin);
        int end = slash >= 0 ? slash : query >= 0 ? query : uri.length();
        return Arrays.stream(uri.substring(begin, end).split(",", -1))
                .map(host -> uri.substring(0, scheme) + host + uri.substring(end))
                .toList();
    }

    private static boolean isValid(String uri) {
        try {
            URI parsed = new URI(uri);
            return Set.of("redis", "rediss").contains(String.valueOf(parsed.getScheme())) && parsed.getHost() != null;
        } catch (URISyntaxException unreadable) {
            return false;
        }
    }

    private static boolean hasLoginInQuery(String uri) {
        URI parsed = URI.create(uri);
        return RedisAddress.queryNames(parsed, "user") || RedisAddress.queryNames(parsed, "password");
    }

    /**
     * Adds a mistake to {@code settings} if a file has an authority for the node's own Redis, which has no TLS.
     *
     * @param file whose address it is, in a sentence: {@code the sink feed}
     */
    public void checkAuthority(Settings settings, RedisAddress address, String file) {
        if (address.uri() == null && address.ca() != null && uris.get(0).startsWith("redis:")) {
            settings.refuse(
                    URI_SETTING,
                    "is without TLS, so the ca of " + file + " has no effect: set rediss://, or remove that ca");
        }
    }

    /** Of a client of the node's own Redis. */
    public RedisOptions options() {
        RedisOptions options = new RedisOptions()
                .setType(mode.type)
                .setEndpoints(uris)
                .setMasterName(master)
                .setRole(RedisRole.MASTER)
                // A replica may be behind, and nothing of ours is worth a second connection.
                .setUseReplicas(RedisReplicas.NEVER)
                .setNetClientOptions(new RedisAddress(null, password, ca).client(uris.get(0)));
        return options.setUser(user).setPassword(password);
    }

    /** Of a client of what a file names, and of the node's own Redis if it names none, with the file's password and authority. */
    public RedisOptions options(RedisAddress address) {
        String uri = address.uri();
        RedisOptions options = uri == null ? options() : new RedisOptions().setConnectionString(uri);
        if (uri != null || address.ca() != null) {
            options.setNetClientOptions(address.client(uri == null ? uris.get(0) : uri));
        }
        return address.password() == null ? options : options.setPassword(address.password());
    }

    /**
     * As {@link #options(RedisAddress)}, for a client that only publishes: each node of a cluster passes messages on to all
     * others, and those of one node keep their order. Another node may be chosen each time.
     */
    public RedisOptions publisher(RedisAddress address) {
        RedisOptions options = options(address);
        return options.getType() != RedisClientType.CLUSTER
                ? options
                : options.setType(RedisClientType.STANDALONE)
                        .setEndpoints(
                                List.of(uris.get(ThreadLocalRandom.current().nextInt(uris.size()))));
    }

    /** Where {@link #options(RedisAddress)} leads, without users and passwords. */
    public String place(RedisAddress address) {
        List<String> all = address.uri() == null ? uris : List.of(address.uri());
        return all.stream()
                .map(URI::create)
                .map(uri -> uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort()))
                .collect(Collectors.joining(","));
    }

    /** Whether a call may have keys on one server alone. */
    public boolean isCluster() {
        return mode == Mode.CLUSTER;
    }

    /** Without the password. */
    @Override
    public String toString() {
        return "Redis at " + place(new RedisAddress(null, null, null));
    }
}
