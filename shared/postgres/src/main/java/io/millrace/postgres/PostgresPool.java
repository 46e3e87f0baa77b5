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
import io.vertx.sqlclient.SqlConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import io.vertx.sqlclient.internal.Connection;
import io.vertx.sqlclient.internal.SqlConnectionInternal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage's pools of connections, and a probe that asks once a second whether the server still takes writes. After a
 * failover an address may lead to another server, while connections to the old one stay open and answer every write
 * with 25006 (read_only_sql_transaction) for as long as they are kept. So a connection that can't write is refused when
 * it is opened, and when the probe finds the server read-only all connections are closed: the next ones lead to the new
 * primary. Of several servers one is used, for reads too, since a standby lags: while it doesn't answer or takes no writes
 * the others are asked, and the first that takes writes is used from then on. Owned by the event loop that made it.
 */
public final class PostgresPool {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresPool.class);
    private static final long PROBE_MS = 1_000;
    private static final int PROBE_TCP_MS = 5_000;
    private static final int CONNECT_MS = 5_000;
    private static final String STANDING =
            "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on'";

    /**
     * The client caches statements of up to 2,048 characters by default, and has longer ones parsed and planned at each
     * execution: of the commit's that was four fifths of PostgreSQL's CPU.
     */
    private static final int LONGEST_STATEMENT = 16_384;

    private final Vertx vertx;
    private final List<Server> servers;
    private final List<Members> pools = new ArrayList<>();
    /** The index of the server that is used. */
    private int primary;

    private @Nullable String readOnly;
    private volatile @Nullable String error;

    /**
     * The configuration of one pool.
     *
     * @param name the name in {@code pg_stat_activity.application_name}, after {@code millrace-}
     * @param size the largest number of connections
     * @param writes whether the pool needs connections that can write
     * @param options the options of each session, as {@code -c name=value}
     * @param pipelining how many statements one connection may have in progress; 1 for no pipelining
     * @param waiting how many statements may wait for a connection; -1 for any number
     * @param patience how long a statement may wait for a connection
     */
    public record PoolSpec(
            String name,
            int size,
            boolean writes,
            String options,
            Duration statementTimeout,
            int pipelining,
            int waiting,
            Duration patience) {

        /** Without pipelining, and with the client's own bounds on waiting. */
        public PoolSpec(String name, int size, boolean writes, String options, Duration statementTimeout) {
            this(name, size, writes, options, statementTimeout, 1, -1, Duration.ofSeconds(30));
        }
    }

    /** The connections of one pool. */
    private static final class Members {
        final Set<Connection> open = new HashSet<>();
    }

    /** One server and its probe. */
    private static final class Server {
        final PgConnectOptions options;
        private final Pool probe;
        private Future<Standing> answer = Future.failedFuture("it wasn't asked yet");

        Server(Vertx vertx, PgConnectOptions options) {
            this.options = options;
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
                    if (standing.error() != null) {
                        close(raw(connection));
                    }
                }));
            }
            return answer.timeout(PROBE_MS, TimeUnit.MILLISECONDS);
        }
    }

    public PostgresPool(Vertx vertx, PostgresSettings settings) {
        this.vertx = vertx;
        this.servers = settings.servers().stream()
                .map(options -> new Server(vertx, options))
                .toList();
        ask();
    }

    /** Made at the first statement; closed with the verticle that owns the event loop. */
    public Pool pool(PoolSpec spec) {
        List<Future<SqlConnectOptions>> options = servers.stream()
                .map(server -> options(server.options, spec))
                .map(Future::succeededFuture)
                .toList();
        Members members = new Members();
        pools.add(members);
        return PgBuilder.pool()
                .with(new PoolOptions()
                        .setMaxSize(spec.size)
                        .setMaxWaitQueueSize(spec.waiting)
                        .setConnectionTimeout(Math.toIntExact(spec.patience.toMillis()))
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setName(spec.name)
                        .setEventLoopSize(0))
                // Closes connections that a network partition cut, so that their statements fail.
                .with(new NetClientOptions().setConnectTimeout(CONNECT_MS).setTcpUserTimeout((int)
                        spec.statementTimeout.plusSeconds(5).toMillis()))
                .withConnectHandler(connection -> admit(connection, spec.writes, members))
                .connectingTo(() -> options.get(primary))
                .using(vertx)
                .build();
    }

    private static SqlConnectOptions options(PgConnectOptions server, PoolSpec spec) {
        return new PgConnectOptions(server)
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT)
                .setPipeliningLimit(spec.pipelining)
                .addProperty("application_name", "millrace-" + spec.name)
                .addProperty("options", spec.options + " -c statement_timeout=" + spec.statementTimeout.toMillis());
    }

    /** Null while the server answers and takes writes, else what is wrong, for the probes. Safe from any thread. */
    public @Nullable String error() {
        return error;
    }

    private void admit(SqlConnection connection, boolean writes, Members members) {
        Connection raw = raw(connection);
        standing(connection).onComplete(done -> {
            Standing standing = done.result();
            if (done.failed() || standing.standby || (writes && standing.readOnly)) {
                close(raw);
                return;
            }
            members.open.removeIf(other -> !other.isValid());
            members.open.add(raw);
            connection.close().onFailure(error -> LOG.debug("it was closed already", error));
        });
    }

    private record Standing(boolean standby, boolean readOnly) {
        @Nullable
        String error() {
            return standby
                    ? "PostgreSQL is a standby: it takes no writes until it is promoted"
                    : readOnly ? "PostgreSQL is read-only: default_transaction_read_only is on" : null;
        }
    }

    private static Future<Standing> standing(SqlConnection connection) {
        return connection.query(STANDING).execute().map(rows -> {
            Row row = rows.iterator().next();
            return new Standing(row.getBoolean(0), row.getBoolean(1));
        });
    }

    private void ask() {
        Server used = servers.get(primary);
        used.ask().onComplete(done -> {
            String wrong = done.succeeded() ? done.result().error() : "PostgreSQL doesn't answer";
            if (done.succeeded()) {
                setReadOnly(wrong);
            }
            (wrong == null ? Future.succeededFuture(true) : another(1)).onComplete(found -> {
                error = found.result() ? null : wrong;
                vertx.setTimer(PROBE_MS, timer -> ask());
            });
        });
    }

    /** Whether another server takes writes; it is used from now on. */
    private Future<Boolean> another(int further) {
        if (further == servers.size()) {
            return Future.succeededFuture(false);
        }
        int index = (primary + further) % servers.size();
        return servers.get(index)
                .ask()
                .map(standing -> standing.error() == null)
                .otherwise(false)
                .compose(takesWrites -> {
                    if (!takesWrites) {
                        return another(further + 1);
                    }
                    PgConnectOptions now = servers.get(index).options;
                    LOG.warn("PostgreSQL at {}:{} takes writes: it is used from now on", now.getHost(), now.getPort());
                    primary = index;
                    readOnly = null;
                    closeAll();
                    return Future.succeededFuture(true);
                });
    }

    private void setReadOnly(@Nullable String found) {
        if (found != null && readOnly == null) {
            LOG.error("{}; reconnecting until the server accepts writes", found);
            closeAll();
        } else if (found == null && readOnly != null) {
            LOG.info("PostgreSQL accepts writes again");
        }
        readOnly = found;
    }

    private void closeAll() {
        pools.forEach(members -> List.copyOf(members.open).forEach(PostgresPool::close));
    }

    /** Closes the socket: the pool's own connection object would only be returned to the pool. */
    private static Connection raw(SqlConnection connection) {
        return ((SqlConnectionInternal) connection).unwrap().unwrap();
    }

    private static void close(Connection raw) {
        Promise<Void> closed = Promise.promise();
        raw.close(null, closed);
        closed.future().onFailure(error -> LOG.debug("it was closed already", error));
    }
}
