package io.millrace.persistence;

import io.millrace.benchmarks.report.Arguments;
import io.millrace.persistence.store.CommitSql;
import io.millrace.persistence.store.Migrations;
import io.millrace.platform.settings.Settings;
import io.millrace.postgres.PostgresSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many events a second this PostgreSQL takes with nothing around it: the statement of the commit, the same rows, the
 * same client, in a database of its own on the same server. In this package for the statement's sake. Arguments:
 * {@code postgres=} {@code out=} {@code quick=}.
 */
public final class CommitCeiling {
    private static final int[] BATCHES = {200, 500};
    private static final int[] CONNECTIONS = {1, 2, 4};
    private static final int ENTITIES = 1000;
    private static final String DATABASE = "ceiling";

    private final Vertx vertx;
    private final PgConnectOptions options;

    private CommitCeiling(Vertx vertx, PgConnectOptions options) {
        this.vertx = vertx;
        this.options = options;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        String uri = arguments.text("postgres");
        Vertx vertx = Vertx.vertx();
        try {
            measure(vertx, arguments, uri);
        } finally {
            await(vertx.close());
        }
    }

    private static void measure(Vertx vertx, Arguments arguments, String uri) throws Exception {
        SqlConnection admin = await(PgConnection.connect(vertx, PgConnectOptions.fromUri(uri)));
        await(admin.query("create database " + DATABASE).execute());
        String own = uri.substring(0, uri.lastIndexOf('/') + 1) + DATABASE;
        Migrations.run(PostgresSettings.from(Settings.load(null, Map.of(), Map.of("postgres.uri", own))));
        PgConnectOptions options = PgConnectOptions.fromUri(own)
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(16_384);
        CommitCeiling ceiling = new CommitCeiling(vertx, options);
        for (int connections : CONNECTIONS) {
            for (int batch : BATCHES) {
                await(admin.query("checkpoint").execute());
                JsonObject line = new JsonObject()
                        .put("kind", "ceiling")
                        .put("connections", connections)
                        .put("batch", batch)
                        .put("perSecond", ceiling.measure(connections, batch, arguments.quick() ? 2 : 6));
                System.err.println("  " + line.encode());
                Files.writeString(
                        Path.of(arguments.text("out")),
                        line.encode() + "\n",
                        StandardOpenOption.CREATE,
                        StandardOpenOption.APPEND);
            }
        }
        await(admin.close());
    }

    private double measure(int connections, int batch, int seconds) throws Exception {
        LongAdder written = new LongAdder();
        long start = System.nanoTime();
        long end = start + TimeUnit.SECONDS.toNanos(seconds + 1);
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            writers.add(open("c" + connections + "b" + batch + "n" + i + "-", batch, end, written));
        }
        Thread.sleep(1000);
        long from = System.nanoTime();
        long before = written.sum();
        Thread.sleep(TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime()));
        double rate = (written.sum() - before) * 1e9 / (System.nanoTime() - from);
        await(Future.all(writers));
        return rate;
    }

    /** One connection with a stream and entities of its own, each with its event loop. */
    private Future<?> open(String prefix, int batch, long end, LongAdder written) {
        return PgConnection.connect(vertx, options).compose(connection -> connection
                .preparedQuery("insert into streams (name, epoch) values ($1, 'x') returning id")
                .execute(Tuple.of(prefix))
                .map(rows -> new CeilingRows(prefix, rows.iterator().next().getInteger(0), "bench:update"))
                .compose(rows -> write(connection, rows, ENTITIES, true, end, new LongAdder())
                        // The server's own analysis comes after a minute, and without one it reads whole tables.
                        .compose(made -> connection.query("analyze").execute())
                        .compose(analyzed -> write(connection, rows, batch, false, end, written)))
                .eventually(connection::close));
    }

    /** One statement after the other, each a commit of its own. */
    private static Future<Void> write(
            SqlConnection connection, CeilingRows rows, int batch, boolean first, long end, LongAdder written) {
        return connection
                .preparedQuery(CommitSql.WRITE)
                .execute(rows.next(batch, first))
                .compose(done -> {
                    written.add(batch);
                    return first || System.nanoTime() > end
                            ? Future.succeededFuture()
                            : write(connection, rows, batch, false, end, written);
                });
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
    }
}
