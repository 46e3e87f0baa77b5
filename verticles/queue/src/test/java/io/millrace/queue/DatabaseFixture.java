package io.millrace.queue;

import io.millrace.backends.server.EmbeddedPostgres;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** A PostgreSQL with the real tables, for as long as a test class runs. */
@SuppressWarnings("NullAway.Init")
public final class DatabaseFixture implements BeforeAllCallback, AfterAllCallback {
    private static final Path MIGRATIONS =
            Path.of(System.getProperty("millrace.root"), "verticles/persistence/src/main/resources/db/migration");

    private Path directory;
    private EmbeddedPostgres postgres;
    private Vertx vertx;
    private Pool pool;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-dead-letters");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        vertx = Vertx.vertx();
        pool = PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(2))
                .connectingTo(PgConnectOptions.fromUri(postgres.uri()))
                .using(vertx)
                .build();
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            for (Path file : files.sorted(Comparator.comparingInt(DatabaseFixture::version))
                    .toList()) {
                done(pool.query(Files.readString(file)).execute());
            }
        }
    }

    /** Of V10__what.sql 10, which comes after 9. */
    private static int version(Path file) {
        String name = file.getFileName().toString();
        return Integer.parseInt(name.substring(1, name.indexOf("__")));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        done(vertx.close());
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    public String uri() {
        return postgres.uri();
    }

    /** The first column of each row, as text. */
    public List<String> texts(String query) throws Exception {
        List<String> texts = new ArrayList<>();
        for (Row row : done(pool.query(query).execute())) {
            texts.add(String.valueOf(row.getValue(0)));
        }
        return texts;
    }

    /** Executes a statement in a transaction, which holds what it locked until somebody ends it with {@code rollback}. */
    public SqlConnection hold(String statement) throws Exception {
        SqlConnection connection = done(pool.getConnection());
        done(connection.query("begin").execute());
        done(connection.query(statement).execute());
        return connection;
    }

    /** Until {@link #restart}. */
    public void stop() {
        postgres.stop();
    }

    public void restart() throws Exception {
        postgres.restart();
    }

    public static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
