package io.millrace.postgres;

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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A stage's pools of connections, and a probe that asks once a second whether the server still takes writes. After a
 * failover an address may lead to another server, while connections to the old one stay open and answer every write
 * with 25006 (read_only_sql_transaction) for as long as they are kept. So a connection that can't write is refused when
 * it is opened, and when the probe finds the server read-only all connections are closed: the next ones lead to the new
 * primary. Of several servers one is used, for reads too, since a standby lags: {@link PostgresServers}. Owned by the event
 * loop that made it.
 */
public final class PostgresPool {
    private static final Logger LOG = LoggerFactory.getLogger(PostgresPool.class);
    private static final long PROBE_MS = 1_000;
    private static final String SESSION = "select pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',"
            + " current_setting('millrace.server')::int";

    /**
     * The client caches statements of up to 2,048 characters by default, and has longer ones parsed and planned at each
     * execution: of the commit's that was four fifths of PostgreSQL's CPU.
     */
    private static final int LONGEST_STATEMENT = 16_384;

    private final Vertx vertx;
    private final PostgresServers servers;
    private final List<Members> pools = new ArrayList<>();
    private final List<Runnable> onReturn = new ArrayList<>(1);
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

    public PostgresPool(Vertx vertx, PostgresSettings settings) {
        this.vertx = vertx;
        this.servers = new PostgresServers(vertx, settings.servers(), System::nanoTime);
        ask();
    }

    /** Made at the first statement; closed with the verticle that owns the event loop. */
    public Pool pool(PoolSpec spec) {
        List<SqlConnectOptions> options = IntStream.range(0, servers.count())
                .mapToObj(server -> options(server, spec))
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
                .with(new NetClientOptions()
                        .setConnectTimeout(PostgresServers.CONNECT_MS)
                        .setTcpUserTimeout(
                                (int) spec.statementTimeout.plusSeconds(5).toMillis()))
                .withConnectHandler(connection -> admit(connection, spec.writes, members))
                .connectingTo(() -> servers.used().map(options::get))
                .using(vertx)
                .build();
    }

    private SqlConnectOptions options(int server, PoolSpec spec) {
        String session = " -c statement_timeout=" + spec.statementTimeout.toMillis() + " -c millrace.server=" + server;
        return new PgConnectOptions(servers.options(server))
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT)
                .setPipeliningLimit(spec.pipelining)
                .addProperty("application_name", "millrace-" + spec.name)
                .addProperty("options", spec.options + session);
    }

    /** Null while the server answers and takes writes, else what is wrong, for the probes. Safe from any thread. */
    public @Nullable String error() {
        return error;
    }

    /** Calls {@code look} whenever a server takes writes after none did, or another one is used: it may lack commits. */
    public void onReturn(Runnable look) {
        onReturn.add(look);
    }

    private void admit(SqlConnection connection, boolean writes, Members members) {
        Connection raw = raw(connection);
        connection.query(SESSION).execute().onComplete(done -> {
            if (done.failed() || !isWanted(done.result().iterator().next(), writes)) {
                close(raw);
                return;
            }
            members.open.removeIf(other -> !other.isValid());
            members.open.add(raw);
            connection.close().onFailure(error -> LOG.debug("it was closed already", error));
        });
    }

    private boolean isWanted(Row session, boolean writes) {
        boolean standby = session.getBoolean(0);
        boolean readOnly = session.getBoolean(1);
        return !standby && !(writes && readOnly) && servers.isUsed(session.getInteger(2));
    }

    private void ask() {
        servers.look().onComplete(done -> {
            PostgresServers.Look look = done.result();
            boolean returned = look.problem() == null && (error != null || look.moved());
            error = look.problem();
            if (look.moved()) {
                readOnly = null;
                closeAll();
            }
            if (look.answered()) {
                setReadOnly(look.problem());
            }
            if (returned) {
                onReturn.forEach(Runnable::run);
            }
            vertx.setTimer(PROBE_MS, timer -> ask());
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
    static Connection raw(SqlConnection connection) {
        return ((SqlConnectionInternal) connection).unwrap().unwrap();
    }

    static void close(Connection raw) {
        Promise<Void> closed = Promise.promise();
        raw.close(null, closed);
        closed.future().onFailure(error -> LOG.debug("it was closed already", error));
    }
}
