package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.platform.settings.Settings;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The largest event that is taken: one number for each type, on every way in. */
@Timeout(30)
class EventSizeTest {
    private static final int MOST = 4_096;

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
                        types:
                          "note:written": { namespace: notes }
                          "note:jotted": { namespace: notes, max: 1KiB }
                          "note:drawn": { namespace: notes, max: 64KiB }
                        roles: { admin: { see: ["*"], publish: ["*"] } }
                        """),
                Map.of("ingest.event.max", "" + MOST));
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"note:written 4096", "note:jotted 1024", "note:drawn 65536"})
    void aTypesLargestEventIsTakenAndOneByteMoreIsNot(String typeAndMost) throws Exception {
        String type = typeAndMost.split(" ")[0];
        int most = Integer.parseInt(typeAndMost.split(" ")[1]);
        fixture.routed.clear();
        assertEquals(202, fixture.post("application/json", event(type, 0)).statusCode());
        Event smallest = fixture.routed.get(0);
        String largest = event(type, most - smallest.size());
        assertEquals(202, fixture.post("application/json", largest).statusCode());
        assertEquals(most, fixture.routed.get(1).size());

        HttpResponse<String> refused = fixture.post("application/json", event(type, most - smallest.size() + 1));

        assertEquals(413, refused.statusCode(), refused::body);
        requireTooLarge(new JsonObject(refused.body()), most);
        assertTrue(refused.body().contains(type), refused::body);
    }

    @ParameterizedTest
    @ValueSource(strings = {"application/json", "application/x-ndjson", "application/cloudevents-batch+json"})
    void oneThatIsTooLargeFailsAloneAmongOthers(String contentType) throws Exception {
        boolean cloud = contentType.contains("cloudevents");
        String small = cloud ? cloudEvent(1) : event("note:written", 1);
        String large = cloud ? cloudEvent(MOST) : event("note:written", MOST);
        String body = contentType.contains("ndjson")
                ? small + "\n" + large + "\n" + small
                : "[" + small + "," + large + "," + small + "]";
        HttpResponse<String> answer = fixture.post(contentType, body);
        assertEquals(207, answer.statusCode(), answer::body);
        JsonArray results = new JsonArray(answer.body());
        assertEquals("queued", results.getJsonObject(0).getString("status"));
        requireTooLarge(results.getJsonObject(1), MOST);
        assertEquals("queued", results.getJsonObject(2).getString("status"));
    }

    @Test
    void aCloudEventIsCountedAlike() throws Exception {
        HttpResponse<String> structured = fixture.post("application/cloudevents+json", cloudEvent(MOST));
        assertEquals(413, structured.statusCode(), structured::body);
        HttpResponse<String> binary = fixture.post(
                "application/json",
                "{\"text\":\"" + "x".repeat(MOST) + "\"}",
                "ce-specversion",
                "1.0",
                "ce-id",
                "1",
                "ce-source",
                "u-1",
                "ce-type",
                "note:written");
        assertEquals(413, binary.statusCode(), binary::body);
    }

    @Test
    void metadataAndEnvelopeCountToo() throws Exception {
        StringBuilder tags = new StringBuilder();
        for (int i = 0; i < 20; i++) {
            tags.append(i == 0 ? "\"" : ",\"").append("漢".repeat(100)).append(i).append('"');
        }
        HttpResponse<String> answer = fixture.post(
                "application/json", "{\"type\":\"note:written\",\"data\":{},\"metadata\":{\"tags\":[" + tags + "]}}");
        assertEquals(413, answer.statusCode(), answer::body);
    }

    @Test
    void aProgramOnTheBusGetsTheSameRefusal() throws Exception {
        ExecutionException refused =
                assertThrows(ExecutionException.class, () -> fixture.ask(new JsonObject(event("note:written", MOST))));
        ReplyException reply = assertInstanceOf(ReplyException.class, refused.getCause());
        assertEquals(413, reply.failureCode());
        assertTrue(String.valueOf(reply.getMessage()).startsWith("too_large: "), reply::getMessage);
        JsonArray results = (JsonArray)
                fixture.ask(new JsonArray("[" + event("note:written", 1) + "," + event("note:written", MOST) + "]"));
        assertEquals("queued", results.getJsonObject(0).getString("status"));
        requireTooLarge(results.getJsonObject(1), MOST);
    }

    @Test
    void aClientThatPublishesGetsTheSameRefusal() {
        byte[] event = event("note:written", MOST).getBytes(StandardCharsets.UTF_8);
        ExecutionException refused = assertThrows(ExecutionException.class, () -> fixture.publish(event));
        assertEquals(
                Failure.TOO_LARGE,
                assertInstanceOf(MillraceException.class, refused.getCause()).failure());
    }

    @Test
    void aLimitThatNoRequestCouldHoldIsAContradiction() throws Exception {
        Settings settings = Settings.load(null, Map.of(), Map.of("http.body.max", "64KiB"));
        IngestSettings.from(settings);
        InvalidConfigurationException wrong = assertThrows(InvalidConfigurationException.class, settings::check);
        assertTrue(String.valueOf(wrong.getMessage()).contains("ingest.event.max"), wrong::toString);
        Settings both = Settings.load(null, Map.of(), Map.of("http.body.max", "64KiB", "ingest.event.max", "64KiB"));
        assertEquals(64 << 10, IngestSettings.from(both).maxEvent());
    }

    private static void requireTooLarge(JsonObject answer, int most) {
        assertEquals("too_large", answer.getString("code"), answer::encode);
        assertTrue(answer.getString("detail").contains("" + most), answer::encode);
    }

    private static String event(String type, int letters) {
        return "{\"type\":\"" + type + "\",\"id\":\"n-1\",\"data\":{\"text\":\"" + "x".repeat(letters) + "\"}}";
    }

    private static String cloudEvent(int letters) {
        return "{\"specversion\":\"1.0\",\"id\":\"n-1\",\"source\":\"u-1\",\"type\":\"note:written\","
                + "\"data\":{\"text\":\"" + "x".repeat(letters) + "\"}}";
    }
}
