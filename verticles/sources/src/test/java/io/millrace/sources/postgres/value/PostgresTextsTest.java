package io.millrace.sources.postgres.value;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.sql.Types;
import org.junit.jupiter.api.Test;

/** What PostgreSQL writes as text, without a server. */
class PostgresTextsTest {
    private static String json(String type, String text) {
        return ColumnType.of(0, type, Types.OTHER).json(text);
    }

    @Test
    void hstoreIsAnObjectOfTexts() {
        assertEquals(
                "{\"a\":\"1\",\"b\":null,\"c \\\"=>\":\"x, \\\\y\"}",
                json("hstore", "\"a\"=>\"1\", \"b\"=>NULL, \"c \\\"=>\"=>\"x, \\\\y\""));
        assertEquals("{}", json("hstore", ""));
    }

    @Test
    void moneyOfTheLocaleCIsANumberAndAnyOtherAText() {
        assertEquals("1234567.50", json("money", "$1,234,567.50"));
        assertEquals("-3.00", json("money", "-$3.00"));
        assertEquals("\"1.234,50 €\"", json("money", "1.234,50 €"));
    }

    @Test
    void aTimeOfAnotherZoneIsToldInUtc() {
        assertEquals("\"2026-01-31T03:45:00.250Z\"", json("timestamptz", "2026-01-31 09:30:00.25+05:45"));
        assertEquals("\"2026-01-31T09:30:00Z\"", json("timestamptz", "2026-01-31 09:30:00+00"));
        assertEquals("\"-infinity\"", json("timestamptz", "-infinity"));
    }

    @Test
    void aPlaceInTheLogIsComparedWithoutASign() {
        Lsn high = Lsn.parse("FFFFFFFF/0");
        assertTrue(high.compareTo(Lsn.parse("0/16B3748")) > 0);
        assertEquals("FFFFFFFF/0", high.toString());
        assertEquals("0/16B3748", Lsn.parse("0/16B3748").toString());
        assertThrows(IllegalArgumentException.class, () -> Lsn.parse("16"));
    }

    @Test
    void aSnapshotKnowsItsTransactionsAlsoWhenTheirNumbersBeginAgain() {
        VisibleTransactions plain = VisibleTransactions.parse("90:100:92,95");
        assertTrue(plain.has(89));
        assertTrue(plain.has(91));
        assertFalse(plain.has(92));
        assertFalse(plain.has(100));
        long epoch = 1L << 32;
        VisibleTransactions young = VisibleTransactions.parse((epoch - 5) + ":" + (epoch + 10) + ":" + (epoch + 3));
        assertTrue(young.has(epoch - 1), "before the numbers began again");
        assertTrue(young.has(2));
        assertFalse(young.has(3), "it ran");
        assertFalse(young.has(10));
        VisibleTransactions old = VisibleTransactions.parse((epoch - 9) + ":" + (epoch - 5) + ":");
        assertFalse(old.has(2), "after the numbers began again");
    }
}
