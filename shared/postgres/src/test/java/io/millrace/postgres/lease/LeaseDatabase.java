package io.millrace.postgres.lease;

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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A real PostgreSQL with the tables of leases. */
public final class LeaseDatabase implements AutoCloseable {
    /** Short, and long enough for a machine that does other work too. */
    public static final LeaseSettings SHORT = new LeaseSettings(Duration.ofSeconds(4), Duration.ofMillis(200));

    private static final Path MIGRATIONS = Path.of("../../verticles/persistence/src/main/resources/db/migration");
    private static final Pattern VERSION = Pattern.compile("V(\\d+)__.*\\.sql");

    private final Path directory;
    private final EmbeddedPostgres postgres;
    private final Vertx vertx = Vertx.vertx();

    /** Of sources alone. */
    public LeaseDatabase() throws Exception {
        this("V(14|17|19|20)__.*");
    }

    /** @param migrations which of them are run, by the names of their files */
    public LeaseDatabase(String migrations) throws Exception {
        directory = Files.createTempDirectory("millrace-leases");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            for (Path file : files.filter(each -> each.getFileName().toString().matches(migrations))
                    .sorted(Comparator.comparingInt(LeaseDatabase::version))
                    .toList()) {
                execute(Files.readString(file));
            }
        }
    }

    private static int version(Path file) {
        Matcher version = VERSION.matcher(file.getFileName().toString());
        return version.matches() ? Integer.parseInt(version.group(1)) : 0;
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
        execute("truncate source_leases, source_nodes, gateway_identifies");
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
