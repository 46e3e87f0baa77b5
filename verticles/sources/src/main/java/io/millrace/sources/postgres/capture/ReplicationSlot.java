package io.millrace.sources.postgres.capture;

import io.millrace.sources.postgres.value.Lsn;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A slot, as pg_replication_slots has it.
 *
 * @param confirmed what is before it was acknowledged; null while the slot is being made
 * @param activePid of the process that sends from it; null for none
 * @param lost why it can't be read any more; null if it can
 * @param endangered whether PostgreSQL may drop the log that it needs at its next checkpoint
 * @param behindBytes how much log was written since the confirmed place
 */
record ReplicationSlot(
        String plugin,
        String database,
        @Nullable Lsn confirmed,
        @Nullable Integer activePid,
        @Nullable String lost,
        boolean endangered,
        long behindBytes) {

    /** @param row of the view, as JSON; columns of later releases may be missing */
    static ReplicationSlot of(JsonObject row, Lsn now) {
        String confirmed = row.getString("confirmed_flush_lsn");
        Lsn at = confirmed == null ? null : Lsn.parse(confirmed);
        String status = row.getString("wal_status", "reserved");
        String reason = row.getString("invalidation_reason");
        String lost = reason != null ? reason : status.equals("lost") ? "wal_removed" : null;
        return new ReplicationSlot(
                row.getString("plugin", ""),
                row.getString("database", ""),
                at,
                row.getInteger("active_pid"),
                lost,
                status.equals("unreserved"),
                at == null ? 0 : Math.max(0, now.value() - at.value()));
    }
}
