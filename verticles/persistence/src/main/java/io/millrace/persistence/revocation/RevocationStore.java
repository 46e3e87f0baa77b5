package io.millrace.persistence.revocation;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.revocation.Revocation;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationPage;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.persistence.query.ReadPool;
import io.millrace.platform.bus.Bus;
import io.millrace.postgres.PgErrors;
import io.vertx.core.Future;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import io.vertx.sqlclient.RowSet;
import io.vertx.sqlclient.Tuple;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The revocations in PostgreSQL: made, deleted and found; each change is published to all nodes. Owned by the persistence
 * verticle's event loop.
 */
public final class RevocationStore {
    private static final Logger LOG = LoggerFactory.getLogger(RevocationStore.class);

    private static final int AT_ONCE = 1_000;

    private final Pool pool;
    private final ReadPool reads;
    private final Bus bus;
    private final int most;

    /**
     * @param pool connections that can write
     * @param reads connections on which each node asks for the revocations once a second, so that no commit waits for it
     * @param most how many revocations there may be
     */
    public RevocationStore(Pool pool, ReadPool reads, Bus bus, int most) {
        this.pool = pool;
        this.reads = reads;
        this.bus = bus;
        this.most = most;
    }

    public Future<RevocationPage> find(RevocationQuery query) {
        return reads.run(RevocationSql.FIND, Tuple.of(query.knownVersion(), query.beforeId(), query.limit()))
                .map(RevocationStore::page);
    }

    public Future<RevocationPage> command(RevocationCommand command) {
        Revocation revocation = command.revocation();
        if (command.kind() == RevocationCommand.Kind.DENIED || revocation == null) {
            return run(RevocationSql.DENIED, Tuple.of(command.by(), command.tried()))
                    .map(new RevocationPage(0, List.of()));
        }
        Future<RevocationPage> done = command.kind() == RevocationCommand.Kind.MAKE
                ? make(revocation)
                : delete(revocation.id(), command.by());
        return done.onSuccess(changed -> publish(changed.version()));
    }

    private Future<RevocationPage> make(Revocation revocation) {
        Tuple values = Tuple.of(
                revocation.token(),
                revocation.user(),
                orNull(revocation.beforeMicros()),
                orNull(revocation.endsMicros()),
                revocation.by(),
                most);
        return run(RevocationSql.MAKE, values).map(rows -> {
            if (rows.size() == 0) {
                throw new MillraceException(
                        Failure.OVERLOADED,
                        "there are " + most
                                + " revocations, as many as persistence.revocations.max allows: delete some");
            }
            return page(rows);
        });
    }

    private Future<RevocationPage> delete(long id, String by) {
        return run(RevocationSql.DELETE, Tuple.of(id, by)).map(rows -> {
            if (rows.size() == 0) {
                throw new MillraceException(Failure.NOT_FOUND, "there is no revocation " + id);
            }
            return page(rows);
        });
    }

    /** Deletes the revocations whose tokens have expired. */
    public Future<Void> endExpired() {
        return run(RevocationSql.END, Tuple.tuple()).map(rows -> {
            rows.forEach(row -> publish(row.getLong(0)));
            return null;
        });
    }

    /** Deletes what was recorded long ago, in small parts, so that no other statement waits for it. */
    public Future<Void> deleteActsOlderThan(Duration keep) {
        return run(RevocationSql.FORGET, Tuple.of(keep.toMillis(), AT_ONCE))
                .compose(gone -> gone.rowCount() < AT_ONCE ? Future.succeededFuture() : deleteActsOlderThan(keep));
    }

    private void publish(long version) {
        LOG.debug("revocations are at version {}", version);
        bus.publish(Addresses.REVOCATIONS_CHANGED, new RevocationPage(version, List.of()));
    }

    private Future<RowSet<Row>> run(String sql, Tuple values) {
        return pool.preparedQuery(sql).execute(values).recover(PgErrors::toFailure);
    }

    private static @Nullable Long orNull(long micros) {
        return micros == Revocation.NEVER ? null : micros;
    }

    private static RevocationPage page(RowSet<Row> rows) {
        List<Revocation> found = new ArrayList<>(rows.size());
        long version = 0;
        for (Row row : rows) {
            version = row.getLong(0);
            if (row.getLong(1) != null) {
                found.add(new Revocation(
                        row.getLong(1),
                        row.getString(2),
                        row.getString(3),
                        Objects.requireNonNullElse(row.getLong(4), Revocation.ALWAYS),
                        Objects.requireNonNullElse(row.getLong(5), Revocation.NEVER),
                        row.getString(6),
                        row.getLong(7)));
            }
        }
        return new RevocationPage(version, found);
    }
}
