package io.millrace.sources.postgres.capture;

import io.millrace.postgres.lease.Lease;
import io.millrace.sources.postgres.DatabaseErrors.Told;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.capture.SourceDatabase.Publication;
import io.millrace.sources.postgres.capture.SourceDatabase.Server;
import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * What is checked before a source reads: the server, the publication, the slot, and that nothing is missing between what
 * was acknowledged and what the slot still has. Belongs to one event loop.
 */
final class SourceCheck {
    private static final int OLDEST = 130_000;
    private static final String BY_HAND = "; or say create: true, and Millrace does it";

    private final PostgresSource source;
    private final SourceDatabase database;
    private final Lease lease;

    SourceCheck(PostgresSource source, SourceDatabase database, Lease lease) {
        this.source = source;
        this.database = database;
        this.lease = lease;
    }

    /** What a source reads, and from where. */
    record Ready(CapturePosition position, List<SourceTable> tables) {}

    /** Fails with what an operator has to do. */
    Future<Ready> prepare() {
        return database.server().compose(server -> {
            check(server);
            return publication().compose(tables -> slot().compose(slot -> {
                CapturePosition position = position(server, slot);
                return database.free(slot)
                        .compose(freed -> catchUp(slot, position))
                        .compose(there -> lease.save(position.json()))
                        .map(saved -> new Ready(position, tables));
            }));
        });
    }

    private static void check(Server server) {
        if (server.version() < OLDEST) {
            throw new Told("PostgreSQL " + server.version() / 10_000 + " is too old: 13 is needed");
        }
        if (server.standby()) {
            throw new Told("the server is a standby: name the primary");
        }
        if (!server.walLevel().equals("logical")) {
            throw new Told("wal_level is " + server.walLevel()
                    + ": run ALTER SYSTEM SET wal_level = logical and restart PostgreSQL");
        }
        if (!server.mayReplicate()) {
            throw new Told("the user may not replicate: run ALTER ROLE … REPLICATION as a superuser");
        }
    }

    private Future<List<SourceTable>> publication() {
        return Future.all(database.publication(), database.tables()).compose(found -> {
            Publication publication = found.resultAt(0);
            List<SourceTable> tables = found.resultAt(1);
            checkTables(tables);
            checkPartitioned(publication, tables);
            List<SourceTable> missing = unpublished(tables);
            if (missing.isEmpty()) {
                return Future.succeededFuture(tables);
            }
            checkIdentity(missing);
            String names = missing.stream().map(table -> table.name().quoted()).collect(Collectors.joining(", "));
            String name = TableName.quoted(source.publication());
            String sql = publication.exists()
                    ? "ALTER PUBLICATION " + name + " ADD TABLE " + names
                    : "CREATE PUBLICATION " + name + " FOR TABLE " + names
                            + " WITH (publish_via_partition_root = true)";
            if (!source.create()) {
                String what = publication.exists() ? " doesn't have all tables" : " doesn't exist";
                throw new Told("the publication " + source.publication() + what + ": run " + sql + BY_HAND);
            }
            return database.make(List.of(sql))
                    .compose(made -> database.tables())
                    .map(this::checkPublished);
        });
    }

    private static List<SourceTable> unpublished(List<SourceTable> tables) {
        return tables.stream().filter(table -> !table.published()).toList();
    }

    private void checkPartitioned(Publication publication, List<SourceTable> tables) {
        for (SourceTable table : tables) {
            if (table.partitioned() && publication.exists() && !publication.viaRoot()) {
                throw new Told(table.name() + " is partitioned, and the publication " + source.publication()
                        + " tells its changes under the names of its partitions: run ALTER PUBLICATION "
                        + TableName.quoted(source.publication()) + " SET (publish_via_partition_root = true)");
            }
        }
    }

    private static void checkIdentity(List<SourceTable> missing) {
        for (SourceTable table : missing) {
            if (!table.identity()) {
                throw new Told(table.name() + " has no replica identity: in a publication PostgreSQL would refuse its"
                        + " UPDATE and DELETE; add a primary key, or run ALTER TABLE "
                        + table.name().quoted() + " REPLICA IDENTITY FULL");
            }
        }
    }

    private List<SourceTable> checkPublished(List<SourceTable> tables) {
        for (SourceTable table : unpublished(tables)) {
            throw new Told("the publication " + source.publication() + " doesn't tell of " + table.name()
                    + " under its own name: if it is a partition, name the table that it is a part of");
        }
        return tables;
    }

    /** What is before the place was acknowledged, and what snapshots have seen of it isn't known any more. */
    private Future<Void> catchUp(ReplicationSlot slot, CapturePosition position) {
        return slot.confirmed() != null && slot.confirmed().compareTo(position.lsn()) < 0
                ? database.advance(position.lsn())
                : Future.succeededFuture();
    }

    private void checkTables(List<SourceTable> tables) {
        List<TableName> there = tables.stream().map(SourceTable::name).toList();
        String missing = source.tables().stream()
                .filter(table -> !there.contains(table))
                .map(TableName::toString)
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw new Told("there is no table " + missing + ", or the user may not see it");
        }
        if (source.snapshot() == PostgresSource.Snapshot.NEVER) {
            return;
        }
        for (SourceTable table : tables) {
            if (table.key().isEmpty()) {
                throw new Told(table.name() + " has no primary key, so its rows can't be told apart in a snapshot: add"
                        + " one, or say snapshot: never");
            }
        }
    }

    private Future<ReplicationSlot> slot() {
        return database.slot().compose(slot -> {
            if (slot != null) {
                checkUse(slot);
            }
            if (slot != null && slot.lost() == null) {
                return Future.succeededFuture(slot);
            }
            List<String> sql = new ArrayList<>();
            if (slot != null) {
                sql.add("SELECT pg_drop_replication_slot('" + source.slot() + "')");
            }
            sql.add("SELECT pg_create_logical_replication_slot('" + source.slot() + "', 'pgoutput')");
            String what = slot == null
                    ? "the slot " + source.slot() + " doesn't exist"
                    : "the slot " + source.slot() + " is lost (" + slot.lost() + ")";
            String run = "run " + String.join("; ", sql);
            if (!beginsAnew()) {
                throw new Told(what + ", and with it the changes since " + known().lsn() + ". "
                        + again(source.create() ? "" : run + ", then "));
            }
            if (!source.create()) {
                throw new Told(what + ": " + run + BY_HAND);
            }
            return database.make(sql).compose(made -> database.slot()).map(Objects::requireNonNull);
        });
    }

    private void checkUse(ReplicationSlot slot) {
        if (!slot.plugin().equals("pgoutput")) {
            throw new Told("the slot " + source.slot() + " is one of the plug-in " + slot.plugin()
                    + ", and pgoutput is needed: name another one in slot");
        }
        String database = source.server().options().getDatabase();
        if (!slot.database().equals(database)) {
            throw new Told("the slot " + source.slot() + " belongs to the database " + slot.database() + ", not to "
                    + database);
        }
    }

    /** What an operator does who accepts that changes are missing. */
    private String again(String first) {
        return "Changes are missing, so the source waits: " + first + "write into its file "
                + (source.again() == null ? "again: \"1\"" : "another text than \"" + source.again() + "\" as again")
                + ", and the source begins anew"
                + (source.snapshot() == PostgresSource.Snapshot.INITIAL ? " with a snapshot" : ", without a snapshot");
    }

    private boolean beginsAnew() {
        JsonObject saved = lease.progress();
        return saved == null || !Objects.equals(CapturePosition.of(saved).again(), source.again());
    }

    private CapturePosition known() {
        return CapturePosition.of(Objects.requireNonNull(lease.progress()));
    }

    private CapturePosition position(Server server, ReplicationSlot slot) {
        Lsn confirmed = slot.confirmed();
        if (confirmed == null) {
            throw new Told(
                    "the slot " + source.slot() + " is being made: PostgreSQL waits for the transactions that were"
                            + " open before to end; SELECT * FROM pg_stat_activity WHERE xact_start IS NOT NULL names them");
        }
        if (beginsAnew()) {
            JsonObject saved = lease.progress();
            int generation = saved == null ? 0 : CapturePosition.of(saved).generation() + 1;
            return new CapturePosition(server.system(), confirmed, source.again(), generation, null, Map.of());
        }
        CapturePosition known = known();
        if (!known.system().equals(server.system())) {
            throw new Told(
                    "this is another server than before, whose log says nothing of what is missing. " + again(""));
        }
        if (confirmed.compareTo(known.lsn()) > 0) {
            throw new Told("the slot " + source.slot() + " was made anew, or another program reads it: it begins at "
                    + confirmed + ", and the source is at " + known.lsn() + ". " + again(""));
        }
        if (server.now().compareTo(known.lsn()) < 0) {
            throw new Told("the server's log ends at " + server.now() + ", before " + known.lsn()
                    + ", which was read already: a failover has lost transactions. " + again(""));
        }
        return known;
    }
}
