package io.millrace.services.state;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** A service's own PostgreSQL, or its own database in one. Safe from any thread. */
public final class ServiceDatabase {
    private static final int CONNECTIONS = 8;
    private static final int WAITING = 1_000;
    /** So that of several instances that start at once one makes the tables. */
    private static final String LOCK = "select pg_advisory_xact_lock(hashtext('millrace-services'))";

    private final Vertx vertx;
    private final Pool pool;

    private ServiceDatabase(Vertx vertx, Pool pool) {
        this.vertx = vertx;
        this.pool = pool;
    }

    /**
     * Connects, and makes the tables that aren't there.
     *
     * @param scripts resources of SQL that may be run again: {@code create table if not exists …}
     */
    public static Future<ServiceDatabase> open(Vertx vertx, String uri, String... scripts) {
        Pool pool = PgBuilder.pool()
                .connectingTo(PgConnectOptions.fromUri(uri))
                .with(new PoolOptions().setMaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING))
                .using(vertx)
                .build();
        String sql = List.of(scripts).stream().map(ServiceDatabase::read).collect(Collectors.joining("\n"));
        return pool.withTransaction(
                        connection -> connection.query(LOCK).execute().compose(locked -> connection
                                .query(sql)
                                .execute()))
                .map(made -> new ServiceDatabase(vertx, pool))
                .onFailure(error -> pool.close());
    }

    private static String read(String resource) {
        try (InputStream script = ServiceDatabase.class.getResourceAsStream("/" + resource)) {
            if (script == null) {
                throw new IllegalArgumentException("there is no resource " + resource);
            }
            return new String(script.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    public Pool pool() {
        return pool;
    }

    public Vertx vertx() {
        return vertx;
    }

    public Future<Void> close() {
        return pool.close();
    }
}
