package io.millrace.contracts.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReadersTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0",
                "0.0",
                "0e5",
                "-0E-300",
                "1",
                "-1.5",
                "1e308",
                "1.7976931348623157e308",
                "5e-324",
                "1E+00005",
                "9007199254740993",
                "12345678901234567890.1234567890123456789",
                "50e-325"
            })
    void aNumberThatIsKeptAndComparedIsTaken(String number) {
        assertTrue(ExactNumbers.holds(number));
        assertEquals(number.startsWith("-0") || number.startsWith("0"), new BigDecimal(number).signum() == 0);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e309",
                "-1e309",
                "1.8e308",
                "1e-400",
                "1e-325",
                "1e1000000000",
                "1e-1000000000",
                "1e99999999999",
                "0e1000",
                "0e-999999999",
                "1E+1000",
                "-1e-99999999999999999999"
            })
    void aNumberBeyondADoubleIsNot(String number) {
        assertFalse(ExactNumbers.holds(number));
    }

    @Test
    void aNumberOfManyDigitsIsNot() {
        assertTrue(ExactNumbers.holds("9".repeat(308)));
        assertFalse(ExactNumbers.holds("9".repeat(310)));
        assertTrue(ExactNumbers.holds("0." + "1".repeat(398)));
        assertFalse(ExactNumbers.holds("0." + "1".repeat(399)));
        assertFalse(ExactNumbers.holds("0." + "0".repeat(330) + "1"));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-31T09:30:00Z, 2026-01-31T09:30:00Z",
        "2026-01-31t09:30:00z, 2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00.123456789+01:00, 2026-01-31T08:30:00.123456789Z",
        "2026-01-31T09:30:00.5-23:59, 2026-02-01T09:29:00.5Z",
        "2026-01-31T09:30:00-00:00, 2026-01-31T09:30:00Z",
        "2024-02-29T23:59:59Z, 2024-02-29T23:59:59Z",
        "0000-01-01T00:00:00Z, 0000-01-01T00:00:00Z",
        "9999-12-31T23:59:59.999999999Z, 9999-12-31T23:59:59.999999999Z",
        "2016-12-31T23:59:60Z, 2017-01-01T00:00:00Z",
        "2016-12-31T15:59:60.25-08:00, 2017-01-01T00:00:00.25Z",
    })
    void aTimeIsReadAsRfc3339WritesIt(String text, String instant) {
        assertEquals(Instant.parse(instant), Rfc3339.parse(text));
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-31, without a time of day",
        "2026-01-31T09:30Z, has no seconds",
        "2026-01-31T09:30, has no seconds",
        "2026-01-31T09:30:00, has no offset",
        "2026-01-31T09:30:00.1, has no offset",
        "2026-01-31 09:30:00Z, blank where the T",
        "2026-01-31T09:30:00 01:00, %2B",
        "2026-01-31T09:30:00.5 01:00, %2B",
        "2026-01-31T09:30:00.1234567891Z, nine digits",
        "2026-01-31T09:30:00.Z, not an RFC 3339 time",
        "2026-01-31T09:30:00+01, not an RFC 3339 time",
        "2026-01-31T09:30:00+0100, not an RFC 3339 time",
        "2026-01-31T09:30:00+01:00:30, not an RFC 3339 time",
        "2026-01-31T09:30:00+24:00, offset that doesn't exist",
        "2026-01-31T24:00:00Z, time of day that doesn't exist",
        "2026-01-31T23:60:00Z, time of day that doesn't exist",
        "2026-01-31T23:59:61Z, time of day that doesn't exist",
        "2026-01-31T22:59:60Z, 60th second",
        "2026-01-30T23:59:60Z, 60th second",
        "2026-01-31T23:59:60+01:00, 60th second",
        "2026-02-29T09:30:00Z, date that doesn't exist",
        "2026-13-01T09:30:00Z, date that doesn't exist",
        "0000-01-01T00:00:00+00:01, outside the years",
        "9999-12-31T23:59:59-00:01, outside the years",
        "+12026-01-31T09:30:00Z, not an RFC 3339 time",
        "2026-1-31T9:30:00Z, not an RFC 3339 time",
        "yesterday, not an RFC 3339 time",
        "1769851800, not an RFC 3339 time",
        "٢٠٢٦-01-31T09:30:00Z, not an RFC 3339 time",
        "'', not an RFC 3339 time",
        "' 2026-01-31T09:30:00Z', not an RFC 3339 time",
    })
    void anInvalidTimeIsRefusedWithTheReason(String text, String why) {
        String said = String.valueOf(
                assertThrows(DateTimeException.class, () -> Rfc3339.parse(text)).getMessage());
        assertTrue(said.contains(why) && said.contains("write it as 2026-01-31T09:30:00Z"), said);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "0", "yes", "TRUE", "True", " true", "on", ""})
    void aFlagIsTrueOrFalse(String text) {
        refused("state must be true or false", () -> Parameters.flag("state", text, false));
    }

    @Test
    void aFlagThatIsThereIsRead() {
        assertTrue(Parameters.flag("state", "true", false));
        assertFalse(Parameters.flag("state", "false", true));
        assertTrue(Parameters.flag("state", null, true));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1f",
                "0x1p3",
                "NaN",
                "Infinity",
                "1d",
                ".5",
                "5.",
                "+5",
                "01",
                "1_000",
                " 1",
                "1 ",
                "",
                "٥",
                "1e400",
                "1e",
                "--1"
            })
    void aNumberIsOneOfJson(String text) {
        refused("rate must be a number as JSON writes it", () -> Parameters.number("rate", text));
    }

    @Test
    void aNumberIsReadWithEveryDigit() {
        assertEquals(new BigDecimal("0.1"), Parameters.number("rate", "0.1"));
        assertEquals(0, new BigDecimal("100").compareTo(Parameters.number("rate", "1e2")));
        assertEquals(new BigDecimal("-12"), Parameters.number("rate", "-12"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "0", "101", "1.0", "1e1", "+5", "05", "", "٥", "9223372036854775808", "1 "})
    void aWholeNumberIsOneOfItsRange(String text) {
        refused("limit must be a whole number from 1 to 100", () -> Parameters.wholeNumber("limit", text, 10, 1, 100));
    }

    @Test
    void aWholeNumberThatIsThereIsRead() {
        assertEquals(100, Parameters.wholeNumber("limit", "100", 10, 1, 100));
        assertEquals(10, Parameters.wholeNumber("limit", null, 10, 1, 100));
        assertEquals(0, Parameters.wholeNumber("wait", "0", 10, 0, 100));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | is empty",
                "` ` | is empty",
                "hello | is not JSON at line 1",
                "{\"a\":1}{ | goes on after its end",
                "{\"a\":1} x | is not JSON at line 1",
                "{\"a\":1,\"a\":2} | has \"a\" twice",
                "{\"b\":{\"a\":1,\"a\":2}} | has \"a\" twice",
                "{\"a\":1e400} | holds a number that can't be kept",
                "{\"a\":[1e-999999999]} | holds a number that can't be kept",
                "{\"a\":1e9999999999} | holds a number that can't be kept",
                "{\"a\":\"\\ud800\"} | holds half a surrogate pair",
                "{\"a\":\"\\udc00\\ud800\"} | holds half a surrogate pair",
                "{\"\\ud83d\":1} | holds half a surrogate pair",
                "{\"a\":\"\\u0000\"} | holds the character NUL",
                "{\"\\u0000\":1} | holds the character NUL",
                "{\"a\":NaN} | is not JSON",
                "{\"a\":+1} | is not JSON",
                "{'a':1} | is not JSON",
                "[1] | must be a JSON object",
                "null | must be a JSON object",
                "{\"a\": | is not JSON",
            })
    void whatIsNoJsonOfOursIsRefusedInWordsOfOurs(String text, String why) {
        refused("the message " + why, () -> ClientJson.object("the message", text));
        refused("the message " + why, () -> ClientJson.object("the message", text.getBytes(StandardCharsets.UTF_8)));
        refused("the message " + why, () -> ClientJson.split("the message", text, "event"));
    }

    @Test
    void whatIsTooDeepTooLongOrNoUtf8IsRefused() {
        String deep = "{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}";
        refused("the message has more than 64 levels", () -> ClientJson.object("the message", deep));
        refused("the message has more than 64 levels", () -> ClientJson.split("the message", deep, "a"));
        String digits = "{\"a\":" + "1".repeat(100_000) + "}";
        refused("the message holds a number", () -> ClientJson.object("the message", digits));
        refused("half a surrogate pair", () -> ClientJson.object("the message", "{\"a\":\"\ud800\"}"));
        refused("isn't UTF-8", () -> ClientJson.object("the message", new byte[] {'{', '"', (byte) 0xff, '"', '}'}));
    }

    @Test
    void wholeCharactersAndEveryDigitAreKept() {
        var read = ClientJson.object("it", "{\"a\":1.10,\"b\":\"\\ud83d\\ude00😀\",\"c\":9007199254740993}");
        assertEquals(new BigDecimal("1.10"), read.get("a").decimalValue());
        assertEquals("😀😀", read.get("b").textValue());
        assertEquals(9007199254740993L, read.get("c").longValue());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\":[1e999,{\"y\":\"\\ud800\"}], \"x\" : 1}",
                "1e999",
                "\"te\\\"xt\"",
                "null",
                "[ ]",
                "-1.50",
                "\"\"",
                "true"
            })
    void aMemberIsLeftAsItsText(String event) {
        for (String text : new String[] {
            "{\"id\":1,\"event\":" + event + ",\"type\":\"publish\"}",
            "{\"id\":1,\"type\":\"publish\", \"event\" : " + event + "\n}",
            "{\"pad\":\"" + "é".repeat(40_000) + "\",\"id\":1,\"type\":\"publish\",\"event\":" + event + "}"
        }) {
            ClientJson.Split split = ClientJson.split("it", text, "event");
            assertEquals(event, split.member());
            assertEquals("publish", split.object().get("type").textValue());
        }
        assertNull(ClientJson.split("it", "{\"type\":\"ping\"}", "event").member());
        refused("has \"event\" twice", () -> ClientJson.split("it", "{\"event\":1,\"event\":2}", "event"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"id\":7,\"n\":1e99999999999} | 7",
                "{\"n\":[1e99999999999,{\"id\":8}],\"id\":7,\"id\":8} | 7",
                "{\"s\":\"\\ud800\",\"id\":\"x\"} | \"x\"",
                "{\"id\":7,\"n\":NaN} | 7",
                "{\"n\":NaN,\"id\":7} | null",
                "{\"id\":1.5} | null",
                "{\"id\":{\"id\":1}} | null",
                "[{\"id\":1}] | null",
                "{ | null",
            })
    void theNameOfARefusedRequestIsReadWhereItCanBe(String text, String id) {
        assertEquals(id, String.valueOf(ClientJson.memberOfUnreadable(text, "id")));
    }

    private static void refused(String why, Executable reading) {
        MillraceException refused = assertThrows(MillraceException.class, reading);
        assertEquals(Failure.BAD_MESSAGE, refused.failure());
        assertTrue(refused.getMessage().contains(why), refused.getMessage());
    }
}
