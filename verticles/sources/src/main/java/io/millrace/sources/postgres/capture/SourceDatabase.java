package io.millrace.sources.postgres.capture;

import io.millrace.sources.postgres.DatabaseErrors;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection to a source's database, for all but the stream of changes. It writes nothing there except {@link #make},
 * which the file has to ask for. Belongs to one event loop.
 */
final class SourceDatabase {
    private static final long ANSWER_SECONDS = 10;
    /** The making of a slot waits for the transactions that write just then. */
    private static final long SLOT_SECONDS = 120;

    private static final int FREE_TRIES = 50;
    private static final long FREE_MS = 100;

    private final Vertx vertx;
    private final PostgresSource source;
    private final PgConnection connection;

    private SourceDatabase(Vertx vertx, PostgresSource source, PgConnection connection) {
        this.vertx = vertx;
        this.source = source;
        this.connection = connection;
    }

    static Future<SourceDatabase> connect(Vertx vertx, PostgresSource source) {
        return source.server()
                .connect(vertx, "millrace source " + source.source().name(), false)
                .map(connection -> new SourceDatabase(vertx, source, connection));
    }

    /**
     * @param version as server_version_num has it
     * @param system its identifier
     * @param now the end of its log
     */
    record Server(int version, String walLevel, boolean standby, String system, Lsn now, boolean mayReplicate) {}

    Future<Server> server() {
        return ask(CatalogSql.SERVER, Tuple.tuple()).map(rows -> {
            Row row = rows.iterator().next();
            return new Server(
                    row.getInteger(0),
                    row.getString(1),
                    row.getBoolean(2),
                    row.getString(3),
                    Lsn.parse(row.getString(4)),
                    Boolean.TRUE.equals(row.getBoolean(5)));
        });
    }

    /** Null if there is none. */
    Future<@Nullable ReplicationSlot> slot() {
        return ask(CatalogSql.SLOT, Tuple.of(source.slot())).<@Nullable ReplicationSlot>map(rows -> {
            Row row = rows.iterator().next();
            JsonObject slot = row.getJsonObject(0);
            return slot == null ? null : ReplicationSlot.of(slot, Lsn.parse(row.getString(1)));
        });
    }

    /** @param viaRoot whether changes in partitions are told under the name of the table that is partitioned */
    record Publication(boolean exists, boolean viaRoot) {}

    Future<Publication> publication() {
        return ask(CatalogSql.PUBLICATION, Tuple.of(source.publication())).map(rows -> {
            boolean viaRoot = false;
            for (Row row : rows) {
                viaRoot = row.getJsonObject(0).getBoolean("pubviaroot");
            }
            return new Publication(rows.size() > 0, viaRoot);
        });
    }

    /** Those tables of the file that are there. */
    Future<List<SourceTable>> tables() {
        Tuple names = Tuple.of(source.publication())
                .addArrayOfString(
                        source.tables().stream().map(TableName::schema).toArray(String[]::new))
                .addArrayOfString(source.tables().stream().map(TableName::table).toArray(String[]::new));
        return ask(CatalogSql.TABLES, names).map(rows -> {
            List<SourceTable> tables = new ArrayList<>();
            rows.forEach(row -> tables.add(SourceTable.of(row.getJsonObject(0))));
            return tables;
        });
    }

    /** Runs what the operator would have run by hand. */
    Future<Void> make(List<String> statements) {
        Future<Void> made = Future.succeededFuture();
        for (String statement : statements) {
            made = made.compose(before -> connection
                    .query(statement)
                    .execute()
                    .timeout(SLOT_SECONDS, TimeUnit.SECONDS)
                    .mapEmpty());
        }
        return made;
    }

    /**
     * Ends the process that still sends from the slot to another node, which hangs or has just lost its lease: PostgreSQL
     * would notice after wal_sender_timeout, by default a minute.
     */
    Future<Void> free(ReplicationSlot slot) {
        Integer pid = slot.activePid();
        if (pid == null) {
            return Future.succeededFuture();
        }
        return ask(CatalogSql.SENDER, Tuple.of(pid)).compose(rows -> {
            for (Row row : rows) {
                if (!row.getBoolean(0)) {
                    return Future.failedFuture(new DatabaseErrors.Told("the slot " + source.slot()
                            + " is used by another program, " + row.getString(1) + " (process " + pid
                            + "): a slot is for one reader, so name another one in slot"));
                }
            }
            return ask(CatalogSql.TERMINATE, Tuple.of(source.slot(), pid)).compose(ended -> untilFree(FREE_TRIES));
        });
    }

    private Future<Void> untilFree(int tries) {
        return slot().compose(slot -> {
            if (slot == null || slot.activePid() == null) {
                return Future.succeededFuture();
            }
            return tries == 0
                    ? Future.failedFuture(new DatabaseErrors.Told("the slot " + source.slot() + " is still in use"))
                    : vertx.timer(FREE_MS, TimeUnit.MILLISECONDS).compose(later -> untilFree(tries - 1));
        });
    }

    /**
     * Looks whether the slot has anything for the source up to the end of the log; if not, its end, else null. The slot
     * must not be in use.
     */
    Future<@Nullable Lsn> quietUntil() {
        return connection
                .preparedQuery(CatalogSql.QUIET)
                .execute(Tuple.of(source.slot(), source.publication()))
                .timeout(SLOT_SECONDS, TimeUnit.SECONDS)
                .<@Nullable Lsn>map(rows -> {
                    Row row = rows.iterator().next();
                    return row.getLong(1) == 0 ? Lsn.parse(row.getString(0)) : null;
                });
    }

    /** Lets PostgreSQL forget the log before a place. */
    Future<Void> advance(Lsn to) {
        return connection
                .preparedQuery(CatalogSql.ADVANCE)
                .execute(Tuple.of(source.slot(), to.toString()))
                .timeout(SLOT_SECONDS, TimeUnit.SECONDS)
                .mapEmpty();
    }

    /** The number that the next transaction will have. */
    Future<Long> nextTransaction() {
        return ask(CatalogSql.NEXT_TRANSACTION, Tuple.tuple())
                .map(rows -> rows.iterator().next().getLong(0));
    }

    /** Whether all transactions before one have ended. */
    Future<Boolean> haveEnded(long before) {
        return ask(CatalogSql.ENDED, Tuple.of(before))
                .map(rows -> rows.iterator().next().getBoolean(0));
    }

    Future<RowSet<Row>> ask(String sql, Tuple values) {
        return connection.preparedQuery(sql).execute(values).timeout(ANSWER_SECONDS, TimeUnit.SECONDS);
    }

    PgConnection connection() {
        return connection;
    }

    Future<Void> close() {
        return connection.close();
    }
}
