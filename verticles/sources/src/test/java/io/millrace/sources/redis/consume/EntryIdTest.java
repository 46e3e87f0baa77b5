package io.millrace.sources.redis.consume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EntryIdTest {
    @Test
    void idsOfEntriesAreUnsignedAndInTheirOrder() {
        assertEquals("5-0", EntryId.parse("5").toString());
        assertEquals(
                "18446744073709551615-3",
                EntryId.parse("18446744073709551615-3").toString());
        assertTrue(EntryId.parse("18446744073709551615-0").compareTo(EntryId.parse("5-9")) > 0);
        assertTrue(EntryId.parse("5-10").compareTo(EntryId.parse("5-9")) > 0);
    }
}
