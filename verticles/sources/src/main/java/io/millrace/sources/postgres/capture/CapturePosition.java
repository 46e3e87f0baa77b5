package io.millrace.sources.postgres.capture;

import io.millrace.sources.postgres.engine.TransactionFilter;
import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import io.millrace.sources.postgres.value.VisibleTransactions;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a source is, saved with its lease. Immutable.
 *
 * @param system the identifier of the server
 * @param lsn all transactions that end before it, or there, are acknowledged
 * @param again the file's text at the beginning; null for none
 * @param generation how often the source has begun anew
 * @param snapshot the one that is under way; null for none
 * @param tables those whose rows were read, or are left out
 */
record CapturePosition(
        String system,
        Lsn lsn,
        @Nullable String again,
        int generation,
        @Nullable Snapshot snapshot,
        Map<TableName, Seen> tables) {

    /**
     * What a snapshot has seen of a table.
     *
     * @param visible its transactions, as PostgreSQL writes a pg_snapshot; null if that doesn't matter any more
     * @param until no transaction that ends behind it was seen; null if visible is
     */
    record Seen(@Nullable String visible, @Nullable Lsn until) {
        static final Seen ALL = new Seen(null, null);
    }

    /**
     * A snapshot from its first attempt on. Its rows are those of the last attempt, and the changes that the first one
     * hadn't seen come after them, so that a row which an attempt has told and which was deleted then is deleted.
     *
     * @param beganMs milliseconds since 1970
     * @param first what its first attempt has seen
     */
    record Snapshot(long beganMs, Seen first) {}

    CapturePosition {
        tables = Map.copyOf(tables);
    }

    /** Acknowledged up to a place. What snapshots have seen before it needn't be known any more. */
    CapturePosition at(Lsn now) {
        Map<TableName, Seen> still = new HashMap<>(tables);
        still.replaceAll((table, seen) -> seen.until() != null && seen.until().compareTo(now) <= 0 ? Seen.ALL : seen);
        return new CapturePosition(system, now, again, generation, snapshot, still);
    }

    CapturePosition withSnapshot(Snapshot begun) {
        return new CapturePosition(system, lsn, again, generation, begun, tables);
    }

    /** Further tables whose rows were read, which ends the snapshot. */
    CapturePosition with(Map<TableName, Seen> more) {
        Map<TableName, Seen> all = new HashMap<>(tables);
        all.putAll(more);
        return new CapturePosition(system, lsn, again, generation, null, all);
    }

    /** What hides the changes that the snapshots have seen. */
    Map<TableName, TransactionFilter.Seen> seen() {
        Map<TableName, TransactionFilter.Seen> seen = new HashMap<>();
        tables.forEach((table, known) -> {
            if (known.visible() != null && known.until() != null) {
                seen.put(table, new TransactionFilter.Seen(VisibleTransactions.parse(known.visible()), known.until()));
            }
        });
        return seen;
    }

    JsonObject json() {
        JsonObject names = new JsonObject();
        new TreeMap<>(tables).forEach((table, seen) -> names.put(table.toString(), json(seen)));
        return new JsonObject()
                .put("system", system)
                .put("lsn", lsn.toString())
                .put("again", again)
                .put("generation", generation)
                .put(
                        "snapshot",
                        snapshot == null ? null : json(snapshot.first()).put("began", snapshot.beganMs()))
                .put("tables", names);
    }

    private static JsonObject json(Seen seen) {
        return seen.visible() == null || seen.until() == null
                ? new JsonObject()
                : new JsonObject()
                        .put("visible", seen.visible())
                        .put("until", seen.until().toString());
    }

    private static Seen seen(JsonObject json) {
        String until = json.getString("until");
        return until == null ? Seen.ALL : new Seen(json.getString("visible"), Lsn.parse(until));
    }

    static CapturePosition of(JsonObject json) {
        Map<TableName, Seen> tables = new HashMap<>();
        JsonObject names = json.getJsonObject("tables");
        for (String name : names.fieldNames()) {
            tables.put(TableName.parse(name), seen(names.getJsonObject(name)));
        }
        JsonObject snapshot = json.getJsonObject("snapshot");
        return new CapturePosition(
                json.getString("system"),
                Lsn.parse(json.getString("lsn")),
                json.getString("again"),
                json.getInteger("generation"),
                snapshot == null ? null : new Snapshot(snapshot.getLong("began"), seen(snapshot)),
                tables);
    }
}
