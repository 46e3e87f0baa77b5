package io.millrace.platform.delivery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResumePointTest {
    @Test
    void aPositionATimeAndTheBeginningAreRead() {
        String sealed = new PositionCipher(new byte[16]).sealEvent("orders", new Position("k3", 7));
        assertEquals(new ResumePoint.Told(sealed), ResumePoint.parse(sealed));
        assertEquals(new ResumePoint.Told("k3:1041"), ResumePoint.parse("k3:1041"));
        assertEquals(new ResumePoint.Beginning(), ResumePoint.parse("beginning"));
        assertEquals(new ResumePoint.Beginning(), ResumePoint.parse("-:0"));
        assertEquals(new ResumePoint.Time(1_500_000), ResumePoint.parse("1970-01-01T00:00:01.5Z"));
        assertEquals(new ResumePoint.Time(0), ResumePoint.parse("1970-01-01t01:00:00+01:00"));
        assertNull(ResumePoint.parse(null));
    }

    @ParameterizedTest
    @CsvSource({
        "'', not an RFC 3339 time",
        "yesterday, not an RFC 3339 time",
        "now, not an RFC 3339 time",
        "Beginning, not an RFC 3339 time",
        "0, not an RFC 3339 time",
        "1769851800, not an RFC 3339 time",
        "12:30, not an RFC 3339 time",
        "9:30, not an RFC 3339 time",
        "12:30:00, not an RFC 3339 time",
        "2026-01-31, without a time of day",
        "2026-01-31T09:30, has no seconds",
        "2026-01-31T09:30:00, has no offset",
        "2026-01-31 09:30:00Z, blank where the T",
        "2026-01-31T09:30:00 01:00, %2B",
        "k3:-1, not an RFC 3339 time",
        "k3:, not an RFC 3339 time",
        "k3:9223372036854775808, not an RFC 3339 time",
        "s.short, not an RFC 3339 time",
        "undefined, not an RFC 3339 time",
    })
    void anythingElseIsRefusedWithWhatIsAllowed(String text, String why) {
        MillraceException refused = assertThrows(MillraceException.class, () -> ResumePoint.parse(text));
        assertEquals(Failure.BAD_MESSAGE, refused.failure());
        String said = refused.getMessage();
        assertTrue(
                said.contains("the position of an event or message, \"beginning\", or a time") && said.contains(why),
                said);
    }
}
