package io.millrace.systemtests.environment;

import io.millrace.backends.RunningBackends;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/** The bookmaker's own database on the shared PostgreSQL, and the sources and sinks of {@code conf/demo/betting} for it. */
public final class Bookmakers {
    /** Where the delivered source says that it is. */
    public static final String DELIVERED = "postgresql://millrace@127.0.0.1:5432/bookmaker";

    private Bookmakers() {}

    /** The database's address. */
    public static String uri(String postgresUri) {
        return postgresUri.replaceFirst("/[^/]*$", "/bookmaker");
    }

    static void prepare(RunningBackends backends, Path conf) throws IOException {
        String uri = uri(backends.postgresUri());
        new PostgresAccess(backends.postgresUri()).tell("create database bookmaker");
        try (InputStream tables = Bookmakers.class.getResourceAsStream("/betting.sql")) {
            new PostgresAccess(uri)
                    .tell(new String(Objects.requireNonNull(tables).readAllBytes(), StandardCharsets.UTF_8));
        }
        Path demo = Repository.CONF.resolve("demo/betting");
        Repository.copy(demo.resolve("sinks"), conf.resolve("sinks"));
        Repository.copy(demo.resolve("sources"), conf.resolve("sources"));
        Path wagers = conf.resolve("sources/wagers.yaml");
        Files.writeString(wagers, Files.readString(wagers).replace(DELIVERED, uri));
    }
}
