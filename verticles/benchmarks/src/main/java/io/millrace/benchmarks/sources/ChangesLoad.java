package io.millrace.benchmarks.sources;

import io.debezium.embedded.Connect;
import io.debezium.engine.DebeziumEngine;
import io.debezium.engine.RecordChangeEvent;
import io.debezium.engine.format.ChangeEventFormat;
import io.millrace.benchmarks.client.MeasurementWindow;
import io.millrace.benchmarks.client.Subscriber;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.connect.source.SourceRecord;
import org.jspecify.annotations.Nullable;

/**
 * Rows that are inserted in a PostgreSQL. {@code of=millrace}: 500 a second, each with the time at which it should be
 * inserted, to a socket; then as fast as they are taken. {@code of=bare}: as fast as Debezium's engine gives them to
 * somebody who throws them away. Arguments: {@code of=} {@code database=} (its port) {@code port=} {@code token=} {@code
 * management=} {@code pid=} {@code out=} {@code quick=}.
 */
public final class ChangesLoad extends Load {
    private static final int A_SECOND = 500;
    /** A connection waits for the disk with each row. */
    private static final int WRITERS = 4;

    private static final int TRANSACTION = 100;
    private static final String COLUMNS = "insert into changes (t, entity, status, amount, currency, note) ";
    private static final String NOTE = "'ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmt'";
    private static final String ONE = COLUMNS + "values (?, 'order-' || ?, 'shipped', 1234.56, 'EUR', " + NOTE + ")";
    private static final String MANY = COLUMNS + "select 0, 'order-' || n % 1000, 'shipped', 1234.56, 'EUR', " + NOTE
            + " from generate_series(1, " + TRANSACTION + ") n";

    private final int database;
    private final int seconds;
    private final Subscriber subscriber;
    private volatile @Nullable MeasurementWindow window;
    private volatile @Nullable Exception failure;

    private ChangesLoad(Arguments arguments) throws IOException {
        database = arguments.number("database");
        seconds = arguments.quick() ? 5 : 20;
        subscriber = new Subscriber(arguments.number("port"), arguments.text("token"), true, () -> window);
        watch(subscriber);
        await(() -> subscriber.subscribed, 30);
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        int rows = arguments.quick() ? 40_000 : 120_000;
        if (arguments.text("of").equals("bare")) {
            rate(arguments, rows, bare(arguments.number("database"), rows));
        } else {
            SourceEvents events = new SourceEvents(arguments.number("management"), "bench-changes");
            // Before there is a connection: it could not answer a heartbeat meanwhile.
            write(arguments.number("database"), rows / 4);
            SourceEvents.await(events::count, rows / 4);
            try (ChangesLoad load = new ChangesLoad(arguments)) {
                load.paced(arguments);
            }
            long before = events.count();
            write(arguments.number("database"), rows);
            rate(arguments, rows, SourceEvents.rate(() -> events.count() - before, rows));
        }
        System.exit(0);
    }

    private static void rate(Arguments arguments, int rows, double perSecond) throws IOException {
        report(
                arguments,
                new JsonObject()
                        .put("kind", "changes")
                        .put("of", arguments.text("of"))
                        .put("rows", rows)
                        .put("perSecond", perSecond));
    }

    /** In transactions of 100 rows, none of which waits for the disk. */
    private static void write(int database, int rows) throws Exception {
        try (Connection connection = SourceDatabase.connect(database);
                PreparedStatement insert = connection.prepareStatement(MANY)) {
            connection.createStatement().execute("set synchronous_commit = off");
            for (int i = 0; i < rows; i += TRANSACTION) {
                insert.execute();
            }
        }
    }

    private void paced(Arguments arguments) throws Exception {
        int lead = 2;
        long begun = System.nanoTime();
        List<Thread> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            int writer = i;
            Thread thread = new Thread(() -> write(writer, begun), "writer-" + i);
            thread.start();
            writers.add(thread);
        }
        MeasurementWindow measured =
                new MeasurementWindow(begun + lead * 1_000_000_000L, begun + (lead + seconds) * 1_000_000_000L);
        window = measured;
        JsonObject line = measure(arguments, lead, seconds, () -> subscriber.events);
        for (Thread writer : writers) {
            await(() -> !writer.isAlive(), 60);
        }
        if (failure != null) {
            throw failure;
        }
        await(() -> measured.toSocket.getTotalCount() >= (long) A_SECOND * seconds, 60);
        report(
                arguments,
                line.put("kind", "change to socket")
                        .put("of", "millrace")
                        .put("outstanding", A_SECOND + "/s")
                        .put("socketP50", measured.toSocket.getValueAtPercentile(50) / 1e6)
                        .put("socketP99", measured.toSocket.getValueAtPercentile(99) / 1e6));
    }

    /** Rows at their times, each a transaction that waits for the disk. */
    private void write(int writer, long begun) {
        try (Connection connection = SourceDatabase.connect(database);
                PreparedStatement insert = connection.prepareStatement(ONE)) {
            int rows = A_SECOND * (2 + seconds) + A_SECOND / 10;
            for (int i = writer; i < rows; i += WRITERS) {
                long due = begun + i * (1_000_000_000L / A_SECOND);
                while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                }
                insert.setLong(1, due);
                insert.setString(2, "" + i % 1000);
                insert.execute();
            }
        } catch (Exception failed) {
            failure = failed;
        }
    }

    @Override
    protected void send() {}

    /** Twice, the first for the just-in-time compilers. */
    private static double bare(int database, int rows) throws Exception {
        try (Connection connection = SourceDatabase.connect(database)) {
            connection.createStatement().execute("create publication bare for table changes");
        }
        AtomicLong count = new AtomicLong();
        DebeziumEngine<RecordChangeEvent<SourceRecord>> engine = DebeziumEngine.create(
                        ChangeEventFormat.of(Connect.class))
                .using(properties(database))
                .notifying((records, committer) -> {
                    count.addAndGet(records.size());
                    for (RecordChangeEvent<SourceRecord> each : records) {
                        committer.markProcessed(each);
                    }
                    committer.markBatchFinished();
                })
                .build();
        Thread thread = new Thread(engine, "bare");
        thread.start();
        double rate = 0;
        try (Connection connection = SourceDatabase.connect(database)) {
            while (!connection
                    .createStatement()
                    .executeQuery("select 1 from pg_replication_slots where slot_name = 'bare' and active")
                    .next()) {
                Thread.sleep(100);
            }
        }
        for (int i = 0; i < 2; i++) {
            long before = count.get();
            write(database, rows);
            rate = SourceEvents.rate(() -> count.get() - before, rows);
        }
        engine.close();
        thread.join();
        return rate;
    }

    /** The engine's own, but for what says where to read. */
    private static Properties properties(int database) {
        Properties all = new Properties();
        all.setProperty("name", "bare");
        all.setProperty("topic.prefix", "bare");
        all.setProperty("connector.class", "io.debezium.connector.postgresql.PostgresConnector");
        all.setProperty("plugin.name", "pgoutput");
        all.setProperty("slot.name", "bare");
        all.setProperty("slot.drop.on.stop", "true");
        all.setProperty("publication.name", "bare");
        all.setProperty("publication.autocreate.mode", "disabled");
        all.setProperty("table.include.list", "public.changes");
        all.setProperty("snapshot.mode", "no_data");
        all.setProperty("offset.storage", "org.apache.kafka.connect.storage.MemoryOffsetBackingStore");
        all.setProperty("database.hostname", "127.0.0.1");
        all.setProperty("database.port", "" + database);
        all.setProperty("database.user", "millrace");
        all.setProperty("database.dbname", "millrace");
        return all;
    }
}
