package io.millrace.sources.postgres;

import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.platform.settings.SecretVariable;
import io.millrace.postgres.PostgresSettings;
import io.vertx.pgclient.SslMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Reads the keys {@code uri}, {@code password} and {@code ca}. Stateless. */
public final class PostgresServerReader {
    private PostgresServerReader() {}

    /**
     * What is wrong is noted at the block; then the server is none that could be reached.
     *
     * @param environment where the password is
     */
    public static PostgresServer read(YamlObjectReader block, Map<String, String> environment) {
        String uri = block.required("uri");
        if (uri != null) {
            String wrong = PostgresSettings.mistake(uri);
            if (wrong != null) {
                block.wrong("uri", wrong);
                uri = null;
            } else if (PostgresSettings.hasSeveralHosts(uri)) {
                block.wrong(
                        "uri", "names several hosts; a source reads one: name the address that follows the primary");
                uri = null;
            } else if (hasPassword(uri)) {
                block.wrong("uri", "has a password: name its environment variable in password instead");
            }
        }
        PostgresServer server = new PostgresServer(
                Objects.requireNonNullElse(uri, "postgresql://127.0.0.1/none"),
                password(block, environment),
                ca(block));
        if (uri != null && server.ca() != null && !verifies(server.options().getSslMode())) {
            block.wrong("ca", "has no effect without ?sslmode=verify-full in uri");
        }
        return server;
    }

    private static boolean verifies(SslMode mode) {
        return mode == SslMode.VERIFY_FULL || mode == SslMode.VERIFY_CA;
    }

    private static boolean hasPassword(String uri) {
        int at = uri.indexOf('@');
        String userInfo = at < 0 ? "" : uri.substring(uri.indexOf("//") + 2, at);
        return userInfo.contains(":") || uri.contains("password=");
    }

    private static @Nullable String password(YamlObjectReader block, Map<String, String> environment) {
        String name = block.text("password");
        try {
            return name == null ? null : SecretVariable.find(environment, name).read();
        } catch (IOException unusable) {
            block.wrong("password", String.valueOf(unusable.getMessage()));
            return null;
        }
    }

    private static @Nullable Path ca(YamlObjectReader block) {
        String file = block.text("ca");
        if (file != null && !Files.isReadable(Path.of(file))) {
            block.wrong("ca", "can't be read");
        }
        return file == null ? null : Path.of(file);
    }
}
