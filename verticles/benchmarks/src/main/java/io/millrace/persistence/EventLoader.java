package io.millrace.persistence;

import io.millrace.benchmarks.report.Arguments;
import io.millrace.persistence.store.CommitSql;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.Tuple;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Fills a running Millrace's PostgreSQL by the statement of the commit, as if so many events had come: streams of their own,
 * {@code name:loaded-0} and so on. Arguments: {@code postgres=} {@code stream=} {@code type=} {@code events=}.
 */
public final class EventLoader {
    private static final int STREAMS = 4;
    private static final int BATCH = 500;
    private static final int ENTITIES = 1000;

    private EventLoader() {}

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        Vertx vertx = Vertx.vertx();
        PgConnectOptions options = PgConnectOptions.fromUri(arguments.text("postgres"))
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(16_384);
        long each = arguments.number("events") / STREAMS;
        AtomicLong written = new AtomicLong();
        long told = vertx.setPeriodic(10_000, timer -> System.err.println("  " + written.get() + " events are loaded"));
        List<Future<Void>> streams = IntStream.range(0, STREAMS)
                .mapToObj(i -> load(
                        vertx,
                        options,
                        arguments.text("stream") + ":loaded-" + i,
                        arguments.text("type"),
                        each,
                        written))
                .toList();
        Future.all(streams).toCompletionStage().toCompletableFuture().get(30, TimeUnit.MINUTES);
        vertx.cancelTimer(told);
        vertx.close().toCompletionStage().toCompletableFuture().get(1, TimeUnit.MINUTES);
    }

    private static Future<Void> load(
            Vertx vertx, PgConnectOptions options, String stream, String type, long events, AtomicLong written) {
        return PgConnection.connect(vertx, options).compose(connection -> connection
                .preparedQuery("insert into streams (name, epoch) values ($1, 'x') returning id")
                .execute(Tuple.of(stream))
                .map(rows -> new CeilingRows(stream, rows.iterator().next().getInteger(0), type))
                .compose(rows -> write(connection, rows, ENTITIES, true, events, written))
                .eventually(connection::close));
    }

    private static Future<Void> write(
            SqlConnection connection, CeilingRows rows, int batch, boolean first, long left, AtomicLong written) {
        return left <= 0
                ? Future.succeededFuture()
                : connection
                        .preparedQuery(CommitSql.WRITE)
                        .execute(rows.next(batch, first))
                        .compose(done -> {
                            written.addAndGet(batch);
                            return write(connection, rows, BATCH, false, left - batch, written);
                        });
    }
}
