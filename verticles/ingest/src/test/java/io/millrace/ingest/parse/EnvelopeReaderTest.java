package io.millrace.ingest.parse;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.ingest.Refused;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnvelopeReaderTest {
    @Test
    void everyMemberOfAnEventIsRead() {
        RawEvent draft = one("{\"id\":\"1\",\"type\":\"a:b\",\"source\":\"s\",\"timestamp\":\"2026-01-31T09:30:00Z\","
                + "\"data\":{\"x\":1},\"metadata\":{\"priority\":\"high\"}}");
        assertEquals("1", draft.id);
        assertEquals("a:b", draft.type);
        assertEquals("s", draft.source);
        assertEquals("2026-01-31T09:30:00Z", draft.timestamp);
        assertEquals("{\"x\":1}", data(draft));
        assertNotNull(draft.metadata);
        assertNull(draft.wrong);
    }

    @Test
    void dataIsKeptAsItWasSentButOnOneLine() {
        String sent = "{ \"x\" :\r\n 1.50,\t\"y\": \"é 漢 🙂 \\n \\u00e9\", \"z\":[1e3,\n-0.0] }";
        RawEvent draft = one("  {\"type\":\"ü\",\"data\":" + sent + ",\"id\":\"1\"}  ");
        assertEquals(sent.replace('\r', ' ').replace('\n', ' '), data(draft));
        assertEquals("1", draft.id);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'data':{'x':1,'x':2},'id':'bad'} /data/x",
                "{'data':{'list':[0,{'deep':{'y':1,'y':{'z':1}}}]},'id':'bad'} /data/list/1/deep/y",
                "{'data':{'x':1,'x':[{}]},'id':'bad'} /data/x",
                "{'data':{},'metadata':{'tags':[],'tags':[]},'id':'bad'} /metadata/tags"
            })
    void aKeyThatIsThereTwiceIsTheFaultOfItsEventAlone(String eventAndPointer) {
        String[] parts = eventAndPointer.replace('\'', '"').split(" ", 2);
        List<RawEvent> drafts = new ArrayList<>();
        EnvelopeReader.each(
                bytes("[{\"id\":\"a\",\"data\":{\"x\":1}}," + parts[0] + ",{\"id\":\"b\",\"data\":{\"x\":2}}]"),
                EnvelopeReader.Form.NATIVE,
                drafts::add);
        assertEquals(
                List.of("a", "bad", "b"), drafts.stream().map(draft -> draft.id).toList());
        Refused.at(parts[1], Objects.requireNonNull(drafts.get(1).wrong));
        assertNull(drafts.get(0).wrong);
        assertEquals("{\"x\":2}", data(drafts.get(2)));
        Refused.at(parts[1], Objects.requireNonNull(one(parts[0]).wrong));
    }

    @Test
    void dataIsCutOutExactlyAtAnyPlace() {
        byte[] body = bytes(
                """
                {"data":{"n":1}}
                {"id":"ünï","data":{"n":2},"type":"a:b"}
                """);
        int second = indexOf(body, '\n') + 1;
        RawEvent draft = EnvelopeReader.one(body, second, body.length, EnvelopeReader.Form.NATIVE);
        assertEquals("{\"n\":2}", data(draft));
        List<RawEvent> drafts = each("[{\"data\":{\"n\":1}} , {\"id\":\"é\",\"data\":{\"n\":2}}]");
        assertEquals("{\"n\":1}", data(drafts.get(0)));
        assertEquals("{\"n\":2}", data(drafts.get(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"unknown\":{\"deep\":[{\"data\":1},[]]},\"data\":{}}",
                "{\"id\":7,\"data\":{}}",
                "{\"id\":null}",
                "{\"type\":[\"a\",{\"b\":1}]}",
                "{\"id\":\"1\",\"id\":\"2\",\"data\":{}}",
                "{\"data\":{},\"data\":{\"x\":[1]}}",
                "{\"data\":{\"n\":1e400}}",
                "{\"data\":{\"a\":[{\"n\":-1e999}],\"b\":{}},\"type\":\"a:b\"}",
                "{\"data\":{\"t\":\"\\u0000\"}}",
                "{\"data\":{\"k\\u0000\":1}}",
                "{\"data\":{\"t\":\"\\ud83d\"}}",
                "{\"data\":{\"t\":\"\\ude00\"}}",
                "{\"data\":{\"t\":\"\\ud83d\\u0041\"}}"
            })
    void anEventThatIsBadByItselfLeavesItsNeighboursAlone(String bad) {
        List<RawEvent> drafts =
                each("[{\"id\":\"before\",\"data\":{}}," + bad + ",{\"id\":\"after\",\"data\":{\"x\":[1]}}]");
        assertEquals(3, drafts.size());
        assertNull(drafts.get(0).wrong);
        assertEquals(
                Failure.INVALID_EVENT,
                Objects.requireNonNull(drafts.get(1).wrong).failure());
        assertNull(drafts.get(2).wrong);
        assertEquals("after", drafts.get(2).id);
        assertEquals("{\"x\":[1]}", data(drafts.get(2)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "{",
                "[",
                "null",
                "7",
                "\"x\"",
                "{}{}",
                "{},",
                "{'a':1}",
                "{\"a\":NaN}",
                "{\"data\":{\"n\":Infinity}}",
                "{\"data\":{\"n\":01}}",
                "{\"data\":{\"t\":\"\t\"}}",
                "{\"data\":{\"t\":\"\\x\"}}",
                "/**/{}"
            })
    void whatIsNoJsonObjectIsRefusedWhole(String body) {
        Refused.as(Failure.BAD_MESSAGE, () -> one(body));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "[", "[{}", "[{},]", "[1]", "[[]]", "[null]", "[]]", "[{}] {}"})
    void whatIsNoArrayOfObjectsIsRefusedWhole(String body) {
        Refused.as(Failure.BAD_MESSAGE, () -> each(body));
    }

    @Test
    void anEmptyArrayHoldsNoEvents() {
        assertEquals(0, each(" [ ] ").size());
    }

    @Test
    void depthHasABoundAndMakesNoStackOverflow() {
        assertEquals(60, data(one(nested(60))).chars().filter(c -> c == '[').count());
        Refused.as(Failure.BAD_MESSAGE, () -> one(nested(64)));
        Refused.as(Failure.BAD_MESSAGE, () -> one(nested(100_000)));
    }

    /** PostgreSQL, a browser or a filter would make something else of each, or refuse it when it is too late. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "1e400",
                "-1e400",
                "1E999999999",
                "1e99999999999",
                "1e-400",
                "-1E-999999999",
                "1e-99999999999",
                "0e999999999",
                "0.0e-99999999999",
                "{0}1",
                "{9}",
                "-{9}.5",
                "1e0000000000000000000000000000000400"
            })
    void aNumberThatCannotBeKeptIsRefusedWithItsPlace(String written) {
        String number = written.replace("{0}", "0." + "0".repeat(500)).replace("{9}", "9".repeat(100_000));
        for (String[] place : List.of(
                new String[] {"{'data':{'n':#}}", "/data/n"},
                new String[] {"{'data':{'a':[0,{'b':[#]}]},'type':'a:b'}", "/data/a/1/b/0"},
                new String[] {"{'metadata':{'expectedVersion':#},'data':{}}", "/metadata/expectedVersion"},
                new String[] {"{'metadata':{'x':[1,#]},'data':{}}", "/metadata/x/1"},
                new String[] {"{'id':#,'data':{}}", "/id"},
                new String[] {"{'unknown':{'deep':#},'data':{}}", "/unknown"})) {
            String event = place[0].replace('\'', '"').replace("#", number);
            List<RawEvent> drafts =
                    each("[{\"id\":\"a\",\"data\":{}}," + event + ",{\"id\":\"b\",\"data\":{\"x\":1e2}}]");
            assertEquals(3, drafts.size());
            Refused.at(place[1], Objects.requireNonNull(drafts.get(1).wrong, event));
            assertEquals("{\"x\":1e2}", data(drafts.get(2)));
            Refused.at(place[1], Objects.requireNonNull(one(event).wrong));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"1e308", "-1.7976931348623157e308", "5e-324", "0e0", "-0.0", "1e00000000000000000002", "0.{0}1"})
    void aNumberThatCanBeKeptIsKeptAsItWasWritten(String written) {
        String number = written.replace("{0}", "0".repeat(200));
        RawEvent draft = one("{\"data\":{\"n\":" + number + "}}");
        assertNull(draft.wrong);
        assertEquals("{\"n\":" + number + "}", data(draft));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'id':'\\ud800','data':{}} /id",
                "{'\\udc00':1,'data':{}} /\ufffd",
                "{'\\udc00':{'a':[1]},'data':{}} /\ufffd",
                "{'metadata':{'tags':['\\ud800']},'data':{}} /metadata/tags/0",
                "{'metadata':{'\\ud800':1},'data':{}} /metadata/\ufffd",
                "{'data':{'a':{'\\ud800':1}}} /data/a/\ufffd",
                "{'data':{'a':['x\\ud800\\u0041']}} /data/a/0"
            })
    void halfACharacterIsRefusedAtAnyPlace(String eventAndPointer) {
        String[] parts = eventAndPointer.replace('\'', '"').split(" ", 2);
        List<RawEvent> drafts = each("[" + parts[0] + ",{\"id\":\"b\",\"data\":{\"x\":\"\\ud83d\\ude42\"}}]");
        assertEquals(2, drafts.size());
        Refused.at(parts[1], Objects.requireNonNull(drafts.get(0).wrong));
        assertNull(drafts.get(1).wrong);
    }

    @Test
    void aTextInAnotherEncodingIsRefusedAndAMarkBeforeItIsNoPartOfIt() {
        String event = "{\"data\":{}}";
        for (java.nio.charset.Charset other :
                List.of(StandardCharsets.UTF_16, StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            Refused.as(Failure.BAD_MESSAGE, () -> read(event.getBytes(other)));
        }
        assertEquals("{}", data(read(EnvelopeReader.withoutMark(bytes("\ufeff" + event)))));
    }

    @Test
    void whatIsWrongIsSaidInWordsOfOurOwn() {
        for (String body :
                List.of("{", "[1", nested(70), "{\"a\":\"\\x\"}", "{\"a\":tru}", "\u0001", "{\"data\":{\"a\":[}]}}")) {
            MillraceException refused = Refused.as(Failure.BAD_MESSAGE, () -> one(body));
            String message = refused.getMessage();
            assertFalse(message.matches("(?s).*(com\\.|java|Stream|Exception|Source|REDACTED|`).*"), message);
        }
    }

    @Test
    void bytesThatAreNoUtf8AreRefused() {
        byte[] broken = bytes("{\"data\":{\"t\":\"??\"}}");
        broken[14] = (byte) 0xC3;
        Refused.as(Failure.BAD_MESSAGE, () -> read(broken));
        // A surrogate in three bytes, as CESU-8 writes it: the parser lets it pass.
        byte[] surrogate = bytes("{\"data\":{\"t\":\"???\"}}");
        surrogate[14] = (byte) 0xED;
        surrogate[15] = (byte) 0xA0;
        surrogate[16] = (byte) 0x80;
        RawEvent draft = read(surrogate);
        Refused.at("/data/t", Objects.requireNonNull(draft.wrong));
    }

    @Test
    void aCloudEventIsTheSameInOtherWords() {
        byte[] body = bytes("{\"specversion\":\"1.0\",\"id\":\"1\",\"type\":\"a:b\",\"source\":\"/s\","
                + "\"time\":\"2026-01-31T09:30:00Z\",\"datacontenttype\":\"application/json\",\"subject\":\"x\","
                + "\"priority\":\"high\",\"tags\":\"eu, de\",\"expectedversion\":\"3\","
                + "\"expiresat\":\"2026-02-01T00:00:00Z\",\"data\":{\"x\":1}}");
        RawEvent draft = EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.CLOUDEVENTS);
        assertNull(draft.wrong);
        assertEquals("2026-01-31T09:30:00Z", draft.timestamp);
        assertEquals("{\"x\":1}", data(draft));
        assertEquals(
                "{\"priority\":\"high\",\"tags\":[\"eu\",\"de\"],\"expectedVersion\":3,"
                        + "\"expiresAt\":\"2026-02-01T00:00:00Z\"}",
                String.valueOf(draft.metadata));
    }

    private static String nested(int levels) {
        return "{\"data\":{\"a\":" + "[".repeat(levels) + "]".repeat(levels) + "}}";
    }

    private static RawEvent one(String body) {
        return read(bytes(body));
    }

    private static RawEvent read(byte[] body) {
        return EnvelopeReader.one(body, 0, body.length, EnvelopeReader.Form.NATIVE);
    }

    private static List<RawEvent> each(String body) {
        List<RawEvent> drafts = new ArrayList<>();
        EnvelopeReader.each(bytes(body), EnvelopeReader.Form.NATIVE, drafts::add);
        return drafts;
    }

    private static String data(RawEvent draft) {
        return new String(Objects.requireNonNull(draft.dataBytes), StandardCharsets.UTF_8);
    }

    private static int indexOf(byte[] bytes, char wanted) {
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == wanted) {
                return i;
            }
        }
        return -1;
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
