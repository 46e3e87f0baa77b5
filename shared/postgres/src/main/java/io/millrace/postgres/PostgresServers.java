package io.millrace.postgres;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.SqlConnection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The servers of one database, each asked by a connection of its own, and which of them is used: one that takes writes.
 * Of several that do, the one that was promoted last, which is the one with the highest timeline (PostgreSQL manual,
 * 25.3.6): a former primary that comes back is never used again, by whoever has seen its successor. The server that is
 * used is left when it says that it takes no writes, and when it hasn't answered for five seconds. Belongs to one event loop.
 */
final class PostgresServers {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresServers.class);
    private static final long PROBE_MS = 1_000;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int PROBE_TCP_MS = 5_000;
    static final int CONNECT_MS = 5_000;

    private static final String STANDING =
            "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', 0";
    private static final String STANDING_OF_SEVERAL =
            "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on', case when pg_is_in_recovery()"
                    + " then 0 else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end";

    private final List<Server> servers;
    private final LongSupplier nanoTime;
    private final Promise<Void> looked = Promise.promise();
    private int used;
    /** The highest of any server that took writes. */
    private int timeline;

    private boolean former;
    private @Nullable Long silentSince;
    private final long beganNanos;

    /** What a server says of itself. */
    record Standing(boolean answered, boolean standby, boolean readOnly, int timeline) {
        static final Standing SILENT = new Standing(false, false, false, 0);

        @Nullable
        String problem() {
            if (!answered) {
                return "PostgreSQL doesn't answer";
            }
            return standby
                    ? "PostgreSQL is a standby: it takes no writes until it is promoted"
                    : readOnly ? "PostgreSQL is read-only: default_transaction_read_only is on" : null;
        }
    }

    /**
     * How it is now.
     *
     * @param problem what is wrong with the server that is used; null while it takes writes
     * @param answered whether it did
     * @param moved whether another server is used from now on
     */
    record Look(@Nullable String problem, boolean answered, boolean moved) {}

    PostgresServers(Vertx vertx, List<PgConnectOptions> options, LongSupplier nanoTime) {
        String sql = options.size() == 1 ? STANDING : STANDING_OF_SEVERAL;
        this.servers =
                options.stream().map(each -> new Server(vertx, each, sql)).toList();
        this.nanoTime = nanoTime;
        this.beganNanos = nanoTime.getAsLong();
        if (options.size() == 1) {
            looked.complete();
        }
    }

    /** The server to connect to, once it is known which one; fails while there is only a former primary. */
    Future<Integer> used() {
        return looked.future()
                .compose(once -> former
                        ? Future.failedFuture(new IllegalStateException(formerPrimary()))
                        : Future.succeededFuture(used));
    }

    /** Whether a session is one of the server that is used. */
    boolean isUsed(int server) {
        return server == used && !former;
    }

    PgConnectOptions options(int server) {
        return servers.get(server).options;
    }

    int count() {
        return servers.size();
    }

    /** Asks all servers, for a second at most, and decides. */
    Future<Look> look() {
        List<Future<Standing>> asked = servers.stream()
                .map(server -> server.ask().otherwise(Standing.SILENT))
                .toList();
        return Future.join(asked)
                .map(all -> decide(asked.stream().map(Future::result).toList()));
    }

    private Look decide(List<Standing> standings) {
        boolean first = !looked.future().isComplete();
        if (first && standings.contains(Standing.SILENT) && nanoTime.getAsLong() - beganNanos < PATIENCE_NANOS) {
            // The one that doesn't answer yet may be the successor of the one that does.
            return new Look(Standing.SILENT.problem(), false, false);
        }
        int newest = used;
        for (int i = 0; i < standings.size(); i++) {
            Standing standing = standings.get(i);
            if (standing.problem() == null) {
                timeline = Math.max(timeline, standing.timeline);
                Standing best = standings.get(newest);
                newest = best.problem() != null || standing.timeline > best.timeline ? i : newest;
            }
        }
        Standing own = standings.get(used);
        Standing best = standings.get(newest);
        boolean left = isLeft(own) || first;
        boolean moves = newest != used && left && best.problem() == null && best.timeline == timeline;
        boolean was = former;
        if (moves) {
            use(newest);
        } else if (own.answered) {
            former = own.problem() == null && own.timeline < timeline;
        }
        looked.tryComplete();
        String problem = moves ? null : former ? formerPrimary() : own.problem();
        return new Look(problem, moves || own.answered, moves || (former && !was));
    }

    private boolean isLeft(Standing own) {
        long now = nanoTime.getAsLong();
        if (own.answered) {
            silentSince = null;
            return own.problem() != null || own.timeline < timeline;
        }
        silentSince = silentSince == null ? now : silentSince;
        return now - silentSince >= PATIENCE_NANOS;
    }

    private void use(int server) {
        PgConnectOptions options = options(server);
        LOG.warn("PostgreSQL at {}:{} takes writes: it is used from now on", options.getHost(), options.getPort());
        used = server;
        former = false;
        silentSince = null;
    }

    private String formerPrimary() {
        PgConnectOptions options = options(used);
        return "PostgreSQL at " + options.getHost() + ":" + options.getPort()
                + " is a former primary: another server was promoted after it";
    }

    /** One server and its probe. */
    private static final class Server {
        final PgConnectOptions options;
        private final Pool probe;
        private final String sql;
        private Future<Standing> answer = Future.failedFuture("it wasn't asked yet");

        Server(Vertx vertx, PgConnectOptions options, String sql) {
            this.options = options;
            this.sql = sql;
            this.probe = PgBuilder.pool()
                    .with(new PoolOptions().setMaxSize(1).setName("probe").setEventLoopSize(0))
                    .with(new NetClientOptions().setConnectTimeout(CONNECT_MS).setTcpUserTimeout(PROBE_TCP_MS))
                    .connectingTo(new PgConnectOptions(options).addProperty("application_name", "millrace-probe"))
                    .using(vertx)
                    .build();
        }

        /** Fails after {@link #PROBE_MS} without an answer; the next call waits for that one, since they would pile up. */
        Future<Standing> ask() {
            if (answer.isComplete()) {
                answer = probe.withConnection(connection -> standing(connection).onSuccess(standing -> {
                    if (standing.problem() != null) {
                        PostgresPool.close(PostgresPool.raw(connection));
                    }
                }));
            }
            return answer.timeout(PROBE_MS, TimeUnit.MILLISECONDS);
        }

        private Future<Standing> standing(SqlConnection connection) {
            return connection.query(sql).execute().map(rows -> {
                Row row = rows.iterator().next();
                return new Standing(true, row.getBoolean(0), row.getBoolean(1), row.getInteger(2));
            });
        }
    }
}
