package io.millrace.sources.lease;

import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.postgres.PostgresPool;
import io.millrace.postgres.PostgresSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A real PostgreSQL with the tables of leases. */
public final class LeaseDatabase implements AutoCloseable {
    /** Short, and long enough for a machine that does other work too. */
    public static final LeaseSettings SHORT = new LeaseSettings(Duration.ofSeconds(4), Duration.ofMillis(200));

    private static final Path MIGRATION =
            Path.of("../persistence/src/main/resources/db/migration/V14__source_leases.sql");

    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final Vertx vertx = Vertx.vertx();

    public LeaseDatabase() throws Exception {
        directory = Files.createTempDirectory("millrace-leases");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        execute(Files.readString(MIGRATION));
    }

    public EmbeddedPostgres postgres() {
        return postgres;
    }

    /** A pool as a node has one, which is closed with its Vert.x. Called on an event loop. */
    public Pool pool(Vertx of, String parameters) {
        PostgresSettings settings = new PostgresSettings(postgres.uri() + parameters, null);
        return new PostgresPool(of, settings)
                .pool(new PostgresPool.PoolSpec("sources", 4, true, "", SHORT.statementTimeout()));
    }

    /** Runs statements in a session of its own. */
    public void execute(String sql) throws Exception {
        await(PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres.uri()))
                .compose(connection -> connection.query(sql).execute().eventually(connection::close)));
    }

    /** As if nobody had had a lease. */
    public void forget() throws Exception {
        execute("truncate source_leases, source_nodes");
    }

    public static <T> T onLoop(Vertx vertx, Callable<T> action) throws Exception {
        Promise<T> done = Promise.promise();
        vertx.runOnContext(there -> {
            try {
                done.complete(action.call());
            } catch (Exception failed) {
                done.fail(failed);
            }
        });
        return await(done.future());
    }

    public static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
