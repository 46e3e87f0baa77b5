package io.millrace.sources.postgres.engine;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.sources.postgres.value.Lsn;
import io.millrace.sources.postgres.value.TableName;
import io.millrace.sources.postgres.value.VisibleTransactions;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TransactionFilterTest {
    private static final TableName ORDERS = TableName.parse("orders");
    private static final TableName ITEMS = TableName.parse("items");

    private final TransactionFilter filter = new TransactionFilter(Map.of(
            ORDERS, new TransactionFilter.Seen(VisibleTransactions.parse("100:100:"), Lsn.parse("0/200")),
            ITEMS, new TransactionFilter.Seen(VisibleTransactions.parse("100:105:102"), Lsn.parse("0/300"))));

    @Test
    void whatATablesSnapshotHasSeenIsHidden() {
        assertTrue(filter.hides(ORDERS, 99));
        assertFalse(filter.hides(ORDERS, 100));
        assertTrue(filter.hides(ITEMS, 101));
        assertFalse(filter.hides(ITEMS, 102), "it ran");
        assertFalse(filter.hides(TableName.parse("others"), 1));
    }

    @Test
    void aSnapshotIsForgottenBehindItSinceNumbersOfTransactionsComeAgain() {
        long far = 100 + (1L << 31) + 1;
        assertTrue(filter.hides(ORDERS, far), "by its number alone it is an old one");
        filter.ended(Lsn.parse("0/1FF"));
        assertTrue(filter.hides(ORDERS, 99), "a transaction that it has seen may still end");
        filter.ended(Lsn.parse("0/200"));
        assertFalse(filter.hides(ORDERS, 99));
        assertFalse(filter.hides(ORDERS, far));
        assertTrue(filter.hides(ITEMS, 101), "the other table's was later");
        filter.ended(Lsn.parse("1/0"));
        assertFalse(filter.hides(ITEMS, 101));
    }
}
