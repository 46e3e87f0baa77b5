package io.millrace.services;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedRedis;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A real PostgreSQL and a real Redis. */
public final class ServiceServers implements AutoCloseable {
    private final Path directory = Files.createTempDirectory("millrace-services");
    public final EmbeddedPostgres postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
    public final EmbeddedRedis redis = EmbeddedRedis.start(directory.resolve("redis"), 0);
    private final Vertx vertx = Vertx.vertx();
    private final PgConnection session = await(PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres.uri())));

    public ServiceServers() throws Exception {}

    /** The first column of the first row, as text. */
    public @Nullable String query(String sql) throws Exception {
        return await(session.query(sql)
                .execute()
                .map(rows -> rows.size() == 0
                        ? null
                        : Objects.toString(rows.iterator().next().getValue(0))));
    }

    public static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
        redis.close();
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
