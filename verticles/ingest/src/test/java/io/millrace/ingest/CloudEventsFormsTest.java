package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.domain.DomainModel;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CloudEvents 1.0.2 as HTTP carries it: what is valid by the specification is taken, what isn't is refused by its field. */
@Timeout(30)
class CloudEventsFormsTest {
    private static final String WHOLE = "'specversion':'1.0','id':'e-1','source':'/shop/eu','type':'note:written'";

    @SuppressWarnings("NullAway.Init")
    private static IngestFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new IngestFixture(
                DomainModel.parse(
                        "pack.yaml",
                        """
                        domain: test
                        namespaces: { notes: { stream: notes } }
                        types: { "note:written": { namespace: notes } }
                        roles: { admin: { see: ["*"], publish: ["*"], sources: ["*"], priority: critical } }
                        """),
                Map.of());
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void forget() {
        fixture.routed.clear();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{#,'data':{'x':1}}",
                "{'data':{'x':1},#}",
                "{#,'time':null,'subject':null,'dataschema':null,'datacontenttype':null,'data':{'x':1}}",
                "{#,'priority':null,'tags':null,'expiresat':null,'expectedversion':null,'myext':null,'data':{'x':1}}",
                "{#,'data_base64':null,'data':{'x':1}}",
                "{#,'time':'2026-01-31T09:30:00.123456+01:00','data':{'x':1}}",
                "{#,'subject':'a note','dataschema':'https://example.org/note?v=1','data':{'x':1}}",
                "{#,'datacontenttype':'application/json','data':{'x':1}}",
                "{#,'datacontenttype':'Application/JSON; Charset=UTF-8','data':{'x':1}}",
                "{#,'datacontenttype':'application/vnd.note.v1+json','data':{'x':1}}",
                "{#,'datacontenttype':'text/json','data':{'x':1}}",
                "{#,'data_base64':'eyJ4IjoxfQ=='}",
                "{#,'datacontenttype':'application/json','data_base64':'77u/eyJ4IjoxfQ=='}",
                "{#,'extstring':'é','extbool':true,'extint':-2147483648,'ext4':2147483647,'data':{'x':1}}",
                "{#,'averyveryverylongnameofanextension':'x','data':{'x':1}}",
                "\\ufeff{#,'data':{'x':1}}"
            })
    void whatIsValidIsTakenInStructuredAndBatchedMode(String event) throws Exception {
        String json = json(event);
        for (String type : List.of(
                "application/cloudevents+json",
                "Application/CloudEvents+JSON ; charset=\"UTF-8\"",
                "application/cloudevents+json;charset=utf-8")) {
            HttpResponse<String> answer = fixture.post(type, json);
            assertEquals(202, answer.statusCode(), answer::body);
        }
        String batch = json.startsWith("\ufeff") ? "\ufeff[" + json.substring(1) + "]" : "[" + json + "," + json + "]";
        HttpResponse<String> many = fixture.post("application/cloudevents-batch+json", batch);
        assertEquals(207, many.statusCode(), many::body);
        assertFalse(many.body().contains("failed"), many::body);
        for (Event taken : fixture.routed) {
            assertEquals("{\"x\":1}", new String(taken.data(), StandardCharsets.UTF_8));
            assertEquals(List.of("e-1", "/shop/eu"), List.of(taken.id(), taken.source()));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // Required attributes.
                "/specversion | {'id':'1','source':'/s','type':'note:written','data':{}}",
                "/id          | {'specversion':'1.0','source':'/s','type':'note:written','data':{}}",
                "/source      | {'specversion':'1.0','id':'1','type':'note:written','data':{}}",
                "/type        | {'specversion':'1.0','id':'1','source':'/s','data':{}}",
                "/id          | {'specversion':'1.0','id':null,'source':'/s','type':'note:written','data':{}}",
                "/id          | {'specversion':'1.0','id':'','source':'/s','type':'note:written','data':{}}",
                "/source      | {'specversion':'1.0','id':'1','source':'','type':'note:written','data':{}}",
                "/type        | {'specversion':'1.0','id':'1','source':'/s','type':'','data':{}}",
                "/id          | {'specversion':'1.0','id':1,'source':'/s','type':'note:written','data':{}}",
                // Versions.
                "/specversion | {'specversion':'0.3','id':'1','source':'/s','type':'note:written','data':{}}",
                "/specversion | {'specversion':'1.1','id':'1','source':'/s','type':'note:written','data':{}}",
                "/specversion | {'specversion':1.0,'id':'1','source':'/s','type':'note:written','data':{}}",
                "/specversion | {'specversion':'','id':'1','source':'/s','type':'note:written','data':{}}",
                // Values.
                "/source      | {'specversion':'1.0','id':'1','source':'not a uri','type':'note:written','data':{}}",
                "/time        | {#,'time':'yesterday','data':{}}",
                "/time        | {#,'time':'2026-01-31','data':{}}",
                "/time        | {#,'time':17,'data':{}}",
                "/subject     | {#,'subject':'','data':{}}",
                "/dataschema  | {#,'dataschema':'::','data':{}}",
                "/priority    | {#,'priority':'loud','data':{}}",
                "/expiresat   | {#,'expiresat':'soon','data':{}}",
                "/expectedversion | {#,'expectedversion':'-1','data':{}}",
                "/ext         | {#,'ext':{'a':1},'data':{}}",
                "/ext         | {#,'ext':['a'],'data':{}}",
                "/ext         | {#,'ext':1.5,'data':{}}",
                "/ext         | {#,'ext':2147483648,'data':{}}",
                // Names.
                "/myExt       | {#,'myExt':'x','data':{}}",
                "/my-ext      | {#,'my-ext':'x','data':{}}",
                "/my_ext      | {#,'my_ext':'x','data':{}}",
                "/comexampleé | {#,'comexampleé':'x','data':{}}",
                "/            | {#,'':'x','data':{}}",
                "/ID          | {#,'ID':'x','data':{}}",
                "/subject     | {#,'subject':'a','subject':'b','data':{}}",
                "/id          | {#,'id':'e-2','data':{}}",
                // Data.
                "/data        | {#}",
                "/data        | {#,'data':null}",
                "/data        | {#,'data':'text'}",
                "/data_base64 | {#,'data':{},'data_base64':'e30='}",
                "/data_base64 | {#,'data_base64':'no base64!'}",
                "/data_base64 | {#,'data_base64':'PHg+'}",
                "/data_base64 | {#,'data_base64':7}",
                "/data/x      | {#,'data':{'x':1e400}}",
                "/ext         | {#,'ext':1e-400,'data':{}}",
                "/ext         | {#,'ext':'\\ud800','data':{}}"
            })
    void whatIsNotValidIsRefusedByItsFieldAndAloneInABatch(String pointer, String event) throws Exception {
        HttpResponse<String> one = fixture.post("application/cloudevents+json", json(event));
        assertEquals(422, one.statusCode(), one::body);
        assertPointer(pointer, new JsonObject(one.body()));
        String good = json("{#,'data':{}}");
        HttpResponse<String> many =
                fixture.post("application/cloudevents-batch+json", "[" + good + "," + json(event) + "," + good + "]");
        assertEquals(207, many.statusCode(), many::body);
        JsonArray results = new JsonArray(many.body());
        assertEquals("queued", results.getJsonObject(0).getString("status"));
        assertPointer(pointer, results.getJsonObject(1));
        assertEquals("queued", results.getJsonObject(2).getString("status"));
        assertEquals(2, fixture.routed.size());
    }

    @Test
    void dataThatIsNotJsonIsRefusedInWords() throws Exception {
        for (String type : List.of("text/plain", "application/xml", "application/octet-stream", "json", "")) {
            HttpResponse<String> answer = fixture.post(
                    "application/cloudevents+json", json("{#,'datacontenttype':'" + type + "','data':{}}"));
            assertTrue(answer.statusCode() == 415 || answer.statusCode() == 422, answer::body);
            assertTrue(answer.body().contains("datacontenttype"), answer::body);
        }
        for (String type : List.of("text/plain", "application/xml", "")) {
            HttpResponse<String> answer = fixture.post(type, "{}", binary("ce-id", "e-1"));
            assertEquals(415, answer.statusCode(), answer::body);
            assertTrue(answer.body().contains("must be JSON"), answer::body);
        }
        for (String type : List.of(
                "application/cloudevents+avro",
                "application/cloudevents",
                "application/cloudevents+json; charset=utf-16",
                "application/cloudevents-batch+json; charset=iso-8859-1",
                "nonsense")) {
            HttpResponse<String> answer = fixture.post(type, json("{#,'data':{}}"));
            assertEquals(415, answer.statusCode(), answer::body);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "APPLICATION/JSON",
                "application/json; charset=UTF-8",
                "application/vnd.note+json",
                "Application/Problem+JSON;x=y",
                "text/json"
            })
    void binaryModeTakesJsonHoweverItsTypeIsWritten(String type) throws Exception {
        HttpResponse<String> answer = fixture.post(
                type,
                "\ufeff{\"x\":1}",
                "CE-SpecVersion",
                "1.0",
                "Ce-Id",
                "%E2%82%AC%20\"1\"",
                "ce-source",
                "/shop/%65u",
                "ce-type",
                "note:written",
                "ce-priority",
                "7",
                "ce-expiresat",
                "2099-01-01T00:00:00Z",
                "ce-myext",
                "x");
        assertEquals(202, answer.statusCode(), answer::body);
        Event taken = fixture.routed.get(0);
        assertEquals(List.of("€ \"1\"", "/shop/eu"), List.of(taken.id(), taken.source()));
        assertEquals("{\"x\":1}", new String(taken.data(), StandardCharsets.UTF_8));
        assertEquals("high", taken.priority().wire());
    }

    @ParameterizedTest
    @CsvSource({
        "ce-id,,/id",
        "ce-source,,/source",
        "ce-type,,/type",
        "ce-specversion,,/specversion",
        "ce-specversion,0.3,/specversion",
        "ce-id,%C3%28,/id",
        "ce-source,not%20a%20uri,/source",
        "ce-time,now,/time",
        "ce-my_ext,x,/my_ext",
        "ce-my-ext,x,/my-ext",
        "ce-data,x,/data",
        "ce-datacontenttype,application/json,/datacontenttype",
    })
    void binaryModeRefusesByField(String header, String value, String pointer) throws Exception {
        HttpResponse<String> answer = fixture.post("application/json", "{\"x\":1}", binary(header, value));
        assertEquals(422, answer.statusCode(), answer::body);
        assertPointer(pointer, new JsonObject(answer.body()));
    }

    @Test
    void aHeaderThatIsThereTwiceIsRefused() throws Exception {
        List<String> headers = new ArrayList<>(List.of(binary("ce-id", "e-1")));
        headers.addAll(List.of("ce-id", "e-2"));
        HttpResponse<String> answer = fixture.post("application/json", "{}", headers.toArray(String[]::new));
        assertEquals(422, answer.statusCode(), answer::body);
        assertPointer("/id", new JsonObject(answer.body()));
    }

    @Test
    void aMarkBeforeABodyIsNoPartOfIt() throws Exception {
        String event = "{\"type\":\"note:written\",\"data\":{}}";
        assertEquals(202, fixture.post("application/json", "\ufeff" + event).statusCode());
        assertEquals(
                207, fixture.post("application/json", "\ufeff [" + event + "]").statusCode());
        HttpResponse<String> lines = fixture.post("application/x-ndjson", "\ufeff" + event + "\n" + event);
        assertEquals(207, lines.statusCode());
        assertFalse(lines.body().contains("failed"), lines::body);
        assertEquals(
                207,
                fixture.post("application/cloudevents-batch+json", "\ufeff[]").statusCode());
    }

    @Test
    void aCloudEventSentAsPlainJsonIsRefusedWithItsMediaType() throws Exception {
        HttpResponse<String> answer = fixture.post("application/json", json("{#,'data':{}}"));
        assertEquals(422, answer.statusCode());
        assertTrue(answer.body().contains("application/cloudevents+json"), answer::body);
    }

    /** A whole event's headers, one of them as given; left out if the value is null. */
    private static String[] binary(String header, String value) {
        List<String> headers = new ArrayList<>();
        Map<String, String> whole =
                Map.of("ce-specversion", "1.0", "ce-id", "e-1", "ce-source", "/shop/eu", "ce-type", "note:written");
        whole.forEach((name, good) -> {
            if (!name.equals(header)) {
                headers.addAll(List.of(name, good));
            }
        });
        if (value != null) {
            headers.addAll(List.of(header, value));
        }
        return headers.toArray(String[]::new);
    }

    private static void assertPointer(String pointer, JsonObject refused) {
        assertEquals("invalid_event", refused.getString("code"), refused::encode);
        assertTrue(refused.getJsonArray("errors").encode().contains("\"" + pointer + "\""), refused::encode);
        assertTrue(refused.getString("detail").startsWith(pointer), refused::encode);
    }

    /** With ' for " and # for the required attributes. */
    private static String json(String event) {
        return event.replace("#", WHOLE).replace("\\ufeff", "\ufeff").replace('\'', '"');
    }
}
