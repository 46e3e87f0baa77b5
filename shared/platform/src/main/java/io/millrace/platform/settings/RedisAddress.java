package io.millrace.platform.settings;

import io.millrace.domain.yaml.YamlObjectReader;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Redis that a file names by {@code uri}, {@code password} and {@code ca}.
 *
 * @param uri null for the node's own Redis
 * @param password null if none is needed, or the URI has it
 * @param ca the certificates that are trusted, PEM; null for those of the JVM
 */
public record RedisAddress(@Nullable String uri, @Nullable String password, @Nullable Path ca) {
    private static final int CONNECT_MS = 5_000;
    private static final int UNANSWERED_MS = 10_000;
    private static final String FORM = "is not redis://host:port or rediss://host:port";

    /**
     * Reads it from a block of a file, which collects the mistakes.
     *
     * @param environment where the password is
     */
    public static RedisAddress read(YamlObjectReader block, Map<String, String> environment) {
        return new RedisAddress(readUri(block), readPassword(block, environment), readCa(block));
    }

    /** Of how its connections are made; {@code uri} is the file's, or the node's own. */
    public NetClientOptions client(String uri) {
        NetClientOptions client = new NetClientOptions()
                .setConnectTimeout(CONNECT_MS)
                .setTcpKeepAlive(true)
                .setTcpUserTimeout(UNANSWERED_MS)
                .setSsl(uri.startsWith("rediss:"))
                .setHostnameVerificationAlgorithm("HTTPS");
        return ca == null ? client : client.setTrustOptions(new PemTrustOptions().addCertPath(ca.toString()));
    }

    /** How long a connection may take, in milliseconds. */
    public static long connectMs() {
        return 2L * CONNECT_MS;
    }

    private static @Nullable Path readCa(YamlObjectReader block) {
        String file = block.text("ca");
        if (file == null) {
            return null;
        }
        if (!Files.isReadable(Path.of(file))) {
            block.wrong("ca", "can't be read");
        } else if (!Objects.requireNonNullElse(block.text("uri"), "rediss:").startsWith("rediss:")) {
            block.wrong("ca", "has no effect without rediss:// in uri");
        }
        return Path.of(file);
    }

    private static @Nullable String readUri(YamlObjectReader block) {
        String uri = block.text("uri");
        if (uri == null) {
            return null;
        }
        try {
            URI parsed = new URI(uri);
            if (!Set.of("redis", "rediss").contains(String.valueOf(parsed.getScheme())) || parsed.getHost() == null) {
                block.wrong("uri", FORM);
            } else if (String.valueOf(parsed.getRawUserInfo()).contains(":") || queryNames(parsed, "password")) {
                block.wrong("uri", "has a password: name its environment variable in password instead");
            } else if ((parsed.getRawUserInfo() != null || queryNames(parsed, "user")) && !block.has("password")) {
                block.wrong(
                        "uri",
                        "names a user without a password, whom the client leaves out: name the password's environment"
                                + " variable in password");
            }
        } catch (URISyntaxException unreadable) {
            block.wrong("uri", FORM);
        }
        return uri;
    }

    /** Whether the client finds {@code key=} behind the {@code ?} of a URI. */
    public static boolean queryNames(URI uri, String key) {
        return Arrays.stream(String.valueOf(uri.getQuery()).split("&")).anyMatch(part -> part.startsWith(key + "="));
    }

    private static @Nullable String readPassword(YamlObjectReader block, Map<String, String> environment) {
        String name = block.text("password");
        try {
            return name == null ? null : SecretVariable.find(environment, name).read();
        } catch (IOException unusable) {
            block.wrong("password", String.valueOf(unusable.getMessage()));
            return null;
        }
    }
}
