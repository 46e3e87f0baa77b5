package io.millrace.contracts.filter;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A filter that is wrong, too much or hostile is refused with a sentence that says where and what to do. */
@NullUnmarked
class BadFilterTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "7 | filter: \"7\" where a condition belongs, like {\"data.total\":{\"gte\":100}}",
                "[] | filter: an empty list where a condition belongs, like {\"data.total\":{\"gte\":100}}",
                "null | filter: \"null\" where a condition belongs, like {\"data.total\":{\"gte\":100}}",
                "{'total':1} | filter.\"total\": no path; a path is type, source, id, priority, or begins with data. or"
                        + " metadata., like data.total",
                "{'data.a..b':1} | filter.\"data.a..b\": no path; a name between two dots, or after the last, is empty",
                "{'data.country':['FR','DE']} | filter.\"data.country\": a list; say {\"in\":[…]} for one of several values",
                "{'data.total':{}} | filter.\"data.total\": an empty block where a value belongs, or one of eq, ne, in,"
                        + " gt, gte, lt, lte, exists, prefix",
                "{'data.total':{'gtr':1}} | filter.\"data.total\": \"gtr\" is not a valid operator: eq, ne, in, gt, gte, lt, lte,"
                        + " exists, prefix; did you mean gt?",
                "{'data.a':{'eq':{'b':1}}} | filter.\"data.a\".eq: a block where a text, number, boolean or null belongs",
                "{'data.a':{'in':'x'}} | filter.\"data.a\".in: \"x\" where a list of values belongs",
                "{'data.a':{'in':[1,[2]]}} | filter.\"data.a\".in[1]: a list where a text, number, boolean or null belongs",
                "{'data.a':{'gt':true}} | filter.\"data.a\".gt: \"true\" where a number or text belongs",
                "{'data.a':{'exists':1}} | filter.\"data.a\".exists: \"1\" where true or false belongs",
                "{'data.a':{'prefix':1}} | filter.\"data.a\".prefix: \"1\" where a text belongs",
                "{'data.a':1e400} | filter.\"data.a\": a number that can't be compared; a number has at most 400 characters and is 0, or between 4.9e-324 and 1.7976931348623157e308",
                "{'priority':'hihg'} | filter.\"priority\": \"hihg\" is not a valid priority: low, normal, high, critical; did you"
                        + " mean high?",
                "{'or':{'data.a':1}} | filter.or: a block where a list of conditions belongs",
                "{'or':[]} | filter.or: an empty list where a list of conditions belongs",
                "{'or':[{'data.a':1},{}]} | filter.or[1]: an empty block where a condition belongs, like"
                        + " {\"data.total\":{\"gte\":100}}",
                "{'not':[{'data.a':1}]} | filter.not: a list where a condition belongs, like {\"data.total\":{\"gte\":100}}",
                "{'or':[{'and':[{'data.x':{'regex':'(a+)+$'}}]}]} | filter.or[0].and[0].\"data.x\": \"regex\" is not a valid"
                        + " operator: eq, ne, in, gt, gte, lt, lte, exists, prefix"
            })
    void aMistakeIsNamedWithItsPlace(String filter, String message) throws Exception {
        JsonNode json = FilterTest.JSON.readTree(filter.replace('\'', '"'));
        assertEquals(message, refused(json).getMessage());
    }

    @Test
    void twentyConditionsAreAllowedAndNotOneMore() {
        ObjectNode filter = NODES.objectNode();
        for (int i = 0; i < Filter.MAX_CONDITIONS; i++) {
            filter.put("data.f" + i, i);
        }
        Filter.parse(filter);
        filter.put("data.f" + Filter.MAX_CONDITIONS, 1);
        assertEquals(
                "filter.\"data.f20\": more than 20 conditions; subscribe for less, or for more at once",
                refused(filter).getMessage());
    }

    @Test
    void fiveLevelsAreAllowedAndNotOneMoreHoweverDeepItGoes() {
        Filter.parse(nested(Filter.MAX_LEVELS));
        assertTrue(
                refused(nested(Filter.MAX_LEVELS + 1)).getMessage().endsWith("more than 5 levels; write it flatter"));
        assertTrue(refused(nested(100_000)).getMessage().endsWith("more than 5 levels; write it flatter"));
    }

    @Test
    void whatIsTooLongIsRefusedInAFewWords() {
        ObjectNode filter = NODES.objectNode();
        filter.put("data.a", "x".repeat(1_000_000));
        assertShort(refused(filter));
        assertShort(refused(NODES.objectNode().put("x".repeat(1_000_000), 1)));
        assertShort(refused(NODES.objectNode().put("data." + "x".repeat(300), 1)));
        ObjectNode operator = NODES.objectNode();
        operator.putObject("data.a").put("y".repeat(1_000_000), 1);
        assertShort(refused(operator));
        ObjectNode values = NODES.objectNode();
        for (int i = 0; i <= Filter.MAX_VALUES; i++) {
            values.withObject("/data.a").withArray("/in").add(i);
        }
        assertEquals(
                "filter.\"data.a\".in: 101 values; at most 100", refused(values).getMessage());
    }

    @Test
    void aTextThatIsNoJsonOrTooLongOrTooDeepIsRefused() {
        for (String text : new String[] {
            "", "{", "{\"data.a\":1} x", "{\"data.a\":1,\"data.a\":2}", "{\"data.a\":NaN}", "[".repeat(10_000)
        }) {
            assertEquals(
                    Failure.BAD_MESSAGE,
                    assertThrows(MillraceException.class, () -> Filter.parseText(text))
                            .failure());
        }
        assertShort(assertThrows(
                MillraceException.class, () -> Filter.parseText("{\"data.a\":\"" + "x".repeat(1_000_000) + "\"}")));
    }

    @Test
    void anEventsHugeNumberCostsNothing() throws Exception {
        Filter filter = FilterTest.filter("{'data.a':{'gt':1}}");
        JsonNode event =
                NODES.objectNode().set("data", NODES.objectNode().put("a", new java.math.BigDecimal("1e999999999")));
        assertTrue(filter.matches(event));
    }

    private static void assertShort(MillraceException refused) {
        assertEquals(Failure.BAD_MESSAGE, refused.failure());
        assertTrue(refused.getMessage().length() < 300, refused.getMessage());
    }

    private static JsonNode nested(int levels) {
        ObjectNode filter = NODES.objectNode().put("data.a", 1);
        for (int i = 1; i < levels; i++) {
            filter = NODES.objectNode().set("not", filter);
        }
        return filter;
    }

    private static MillraceException refused(JsonNode filter) {
        MillraceException refused = assertThrows(MillraceException.class, () -> Filter.parse(filter));
        assertEquals(Failure.BAD_MESSAGE, refused.failure());
        return refused;
    }
}
