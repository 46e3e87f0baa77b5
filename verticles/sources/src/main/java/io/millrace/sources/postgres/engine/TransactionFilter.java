package io.millrace.sources.postgres.engine;

import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import io.millrace.sources.postgres.value.VisibleTransactions;
import java.util.HashMap;
import java.util.Map;

/**
 * Hides the changes that a table's snapshot has seen: those were told as rows. The slot is older than the snapshot, so no
 * change is in neither. Belongs to the engine's thread.
 */
public final class TransactionFilter {
    private final Map<TableName, Seen> seen;

    /**
     * What a snapshot has seen.
     *
     * @param until no transaction that ends behind it was seen
     */
    public record Seen(VisibleTransactions visible, Lsn until) {}

    public TransactionFilter(Map<TableName, Seen> seen) {
        this.seen = new HashMap<>(seen);
    }

    boolean hides(TableName table, long transaction) {
        Seen known = seen.get(table);
        return known != null && known.visible().has(transaction);
    }

    /** A transaction has ended. What no later one can be in is forgotten, since numbers of transactions come again. */
    void ended(Lsn end) {
        seen.values().removeIf(known -> known.until().compareTo(end) <= 0);
    }
}
