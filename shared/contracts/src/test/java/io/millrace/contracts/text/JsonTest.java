package io.millrace.contracts.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** RFC 7396, appendix A: those whose target and patch are objects. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'a':'b'}           | {'a':'c'}                  | {'a':'c'}",
                "{'a':'b'}           | {'b':'c'}                  | {'a':'b','b':'c'}",
                "{'a':'b'}           | {'a':null}                 | {}",
                "{'a':'b','b':'c'}   | {'a':null}                 | {'b':'c'}",
                "{'a':['b']}         | {'a':'c'}                  | {'a':'c'}",
                "{'a':'c'}           | {'a':['b']}                | {'a':['b']}",
                "{'a':{'b':'c'}}     | {'a':{'b':'d','c':null}}   | {'a':{'b':'d'}}",
                "{'a':[{'b':'c'}]}   | {'a':[1]}                  | {'a':[1]}",
                "{'e':null}          | {'a':1}                    | {'e':null,'a':1}",
                "{}                  | {'a':{'bb':{'ccc':null}}}  | {'a':{'bb':{}}}"
            })
    void aPatchIsMergedAsTheStandardSays(String target, String patch, String result) {
        ObjectNode before = json(target);
        ObjectNode change = json(patch);
        assertEquals(json(result), Json.merge(before, change));
        assertEquals(json(target), before, "the target is left alone");
        assertEquals(json(patch), change, "and so is the patch");
    }

    @Test
    void aFirstMergeKeepsNoNulls() {
        assertEquals(json("{'a':{'c':1}}"), Json.merge(null, json("{'a':{'b':null,'c':1},'d':null}")));
    }

    @Test
    void aDifferenceMergedIntoWhatItWasMadeFromIsWhatItWasMadeFor() {
        Random random = new Random(7396);
        for (int round = 0; round < 5_000; round++) {
            ObjectNode from = object(random, 4);
            ObjectNode to = random.nextInt(10) == 0 ? from.deepCopy() : object(random, 4);
            ObjectNode patch = Json.diff(from, to);
            assertEquals(to, Json.merge(from, patch), () -> from + " with " + patch);
            assertEquals(from, Json.merge(to, Json.diff(to, from)));
            assertEquals(from.equals(to), patch.isEmpty(), () -> from + " to " + to + " by " + patch);
        }
    }

    @Test
    void aDifferenceNamesOnlyWhatChanged() {
        assertEquals(
                json("{'b':{'d':2},'e':null,'f':[2]}"),
                Json.diff(json("{'a':1,'b':{'c':1,'d':1},'e':1,'f':[1]}"), json("{'a':1,'b':{'c':1,'d':2},'f':[2]}")));
    }

    @Test
    void numbersKeepEveryDigit() {
        String json = "{\"a\":1.50,\"b\":12345678901234567890.123456789,\"c\":123456789012345678901234567890}";
        assertEquals(json, Json.text(Json.parse(json)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'n':129} {'n':129.0}",
                "{'n':129} {'n':1.29e2}",
                "{'n':129.0} {'n':12900E-2}",
                "{'n':0} {'n':-0.0}",
                "{'n':[1,{'m':0.10}]} {'n':[1.0,{'m':1e-1}]}",
                "{'n':123456789012345678901234567890} {'n':1.2345678901234567890123456789e29}",
                "{'n':4294967296} {'n':4.294967296e9}",
                "{'a':1,'b':{'c':2,'d':3}} {'b':{'d':3,'c':2},'a':1}",
                "{'A':'Aé/'} {'\\u0041':'\\u0041\\u00e9\\/'}",
                "{'a':'🙂'} {'a':'\\ud83d\\ude42'}",
                "{'a':[],'b':null} {'b':null,'a':[]}"
            })
    void theSameValueWrittenOtherwiseIsTheSame(String two) {
        assertTrue(same(two), two);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'n':129} {'n':'129'}",
                "{'n':129} {'n':129.0000000001}",
                "{'n':9007199254740992} {'n':9007199254740993}",
                "{'n':1} {'n':true}",
                "{'n':[1,2]} {'n':[2,1]}",
                "{'n':[1]} {'n':[1,1]}",
                "{'n':null} {}",
                "{'n':{}} {'n':[]}",
                "{'n':'a'} {'n':'A'}",
                "{'n':'é'} {'n':'e\u0301'}"
            })
    void anotherValueIsNot(String two) {
        assertFalse(same(two), two);
    }

    private static boolean same(String two) {
        String[] parts = two.replace('\'', '"').split(" ", 2);
        return Json.same(parts[0].getBytes(StandardCharsets.UTF_8), parts[1].getBytes(StandardCharsets.UTF_8));
    }

    private static ObjectNode object(Random random, int depth) {
        ObjectNode object = NODES.objectNode();
        for (int i = random.nextInt(5); i > 0; i--) {
            object.set("k" + random.nextInt(6), value(random, depth));
        }
        return object;
    }

    /** Without nulls: a state holds none. */
    private static JsonNode value(Random random, int depth) {
        return switch (random.nextInt(depth > 0 ? 6 : 4)) {
            case 0 -> NODES.numberNode(random.nextInt(3));
            case 1 -> NODES.textNode("t" + random.nextInt(3));
            case 2 -> NODES.booleanNode(random.nextBoolean());
            case 3 -> NODES.arrayNode().add(random.nextInt(2));
            default -> object(random, depth - 1);
        };
    }

    /** With ' for ". */
    private static ObjectNode json(String text) {
        return Json.parse(text.replace('\'', '"'));
    }
}
