package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.domain.DomainModel;
import io.millrace.testkit.client.InternalDetails;
import io.millrace.testkit.client.MalformedInput;
import io.millrace.testkit.client.RawHttpClient;
import io.millrace.testkit.client.TokenSigner;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What each way in does with what it shouldn't get: a stable code, in words of our own, and a count. Never a 500, a trace or
 * the name of a class.
 */
@Tag("slow")
@Timeout(900)
class MalformedEventsTest {
    /** Seconds of {@link #nonsenseNeverGetsAnythingButARefusal}; more with {@code -Dmillrace.fuzz.seconds=600}. */
    private static final int FUZZ_SECONDS = Integer.getInteger("millrace.fuzz.seconds", 5);

    private static final String SECRET = "a signing key of the tests' own, long enough";
    static final String EVENT = "{\"type\":\"note:written\",\"data\":{\"x\":1}}";

    @SuppressWarnings("NullAway.Init")
    private static IngestFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = fixture();
    }

    /** A node whose pack has roles that may do everything, publish only, and read only. */
    static IngestFixture fixture() throws Exception {
        return new IngestFixture(
                DomainModel.parse(
                        "pack.yaml",
                        """
                        domain: test
                        namespaces: { notes: { stream: notes }, rooms: { stream: "room:{data.room}" } }
                        types:
                          "note:written": { namespace: notes, schema: { properties: { x: { type: integer } } } }
                          "room:said": { namespace: rooms, entity: { kind: room, id: data.room, apply: merge } }
                        roles: { admin: { see: ["*"], publish: ["*"] }, reader: { see: ["*"] }, writer: { publish: ["*"] } }
                        """),
                Map.of("ingest.event.max", "4KiB", "ingest.request.events", "3", "http.read.timeout", "300ms"));
    }

    @AfterAll
    static void end() throws Exception {
        fixture.close();
    }

    @ParameterizedTest(name = "HTTP: {0} is {4} {5}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                // what                 | token  | content type            | body                          | status |
                // code
                "no token               |        | application/json        | event                         | 401 | unauthenticated",
                "bad token              | a.b.c  | application/json        | event                         | 401 | unauthenticated",
                "wrong role             | reader | application/json        | event                         | 403 | permission_denied",
                "no body                | admin  | application/json        |                               | 400 | bad_message",
                "no content type        | admin  |                         | event                         | 415 | unsupported_media_type",
                "bad content type       | admin  | nonsense                | event                         | 415 | unsupported_media_type",
                "wrong content type     | admin  | multipart/form-data     | event                         | 415 | unsupported_media_type",
                "wrong charset          | admin  | application/json;charset=utf-16 | event                 | 415 | unsupported_media_type",
                "bad JSON               | admin  | application/json        | {                             | 400 | bad_message",
                "bad JSON               | admin  | application/json        | {\"a\":[}}                    | 400 | bad_message",
                "bad array              | admin  | application/json        | [1]                           | 400 | bad_message",
                "a long number alone    | admin  | application/json        | digits                        | 400 | bad_message",
                "a long number alone    | admin  | application/cloudevents+json | digits                     | 400 | bad_message",
                "a huge number alone    | admin  | application/json        | 1e400                         | 400 | bad_message",
                "half a text alone      | admin  | application/json        | \"\\ud800\"                    | 400 | bad_message",
                "half a text in an array| admin  | application/json        | [\"\\ud800\"]                  | 400 | bad_message",
                "huge number in an array| admin  | application/cloudevents-batch+json | [1e400]              | 400 | bad_message",
                "deep JSON              | admin  | application/json        | deep                          | 400 | bad_message",
                "not UTF-8              | admin  | application/json        | utf-16                        | 400 | bad_message",
                "wrong type             | admin  | application/json        | {\"type\":\"note:eaten\",\"data\":{}} | 422 | unknown_type",
                "no type                | admin  | application/json        | {\"data\":{}}                 | 422 | invalid_event",
                "wrong data             | admin  | application/json        | {\"type\":\"note:written\",\"data\":[]} | 422 | invalid_event",
                "wrong schema           | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"x\":\"\"}} | 422 | invalid_event",
                "huge number            | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"x\":1e999999999}} | 422 | invalid_event",
                "tiny number            | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"x\":1e-99999999999}} | 422 | invalid_event",
                "half a character       | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"y\":\"\\ud800\"}} | 422 | invalid_event",
                "NUL in a text          | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"y\":\"a\\u0000\"}} | 422 | invalid_event",
                "NUL in a name          | admin  | application/json        | {\"type\":\"note:written\",\"data\":{\"\\u0000y\":1}} | 422 | invalid_event",
                "NUL in an id           | admin  | application/json        | {\"id\":\"\\u0000\",\"type\":\"note:written\",\"data\":{}} | 422 | invalid_event",
                "a priority too high    | writer | application/json        | {\"type\":\"note:written\",\"metadata\":{\"priority\":\"critical\"},\"data\":{}} | 403 | permission_denied",
                "another's source       | writer | application/json        | {\"type\":\"note:written\",\"source\":\"somebody\",\"data\":{}} | 403 | permission_denied",
                "half a name            | admin  | application/json        | {\"\\ud800\":1,\"data\":{}}   | 422 | invalid_event",
                "half an id             | admin  | application/json        | {\"id\":\"\\ud800\",\"type\":\"note:written\",\"data\":{}} | 422 | invalid_event",
                "huge event             | admin  | application/json        | large                         | 413 | too_large",
                "huge body              | admin  | application/json        | huge                          | 413 | too_large",
                "huge name              | admin  | application/json        | name                          | 400 | bad_message",
                "too many events        | admin  | application/x-ndjson    | many                          | 413 | too_large",
                "nonsense               | admin  | application/cloudevents+json | nonsense                 | 400 | bad_message",
            })
    void httpRefuses(String what, String token, String contentType, String body, int status, String code)
            throws Exception {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(fixture.uri("/api/events")).POST(BodyPublishers.ofByteArray(body(body)));
        if (contentType != null) {
            request.header("Content-Type", contentType);
        }
        if (token != null) {
            request.header("Authorization", "Bearer " + token(token));
        }
        double before = fixture.refused(code);
        HttpResponse<String> answer = fixture.send(request);
        assertEquals(status, answer.statusCode(), answer::body);
        assertTrue(answer.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json"));
        assertEquals(code, new JsonObject(answer.body()).getString("code"), answer::body);
        assertEquals("", InternalDetails.in(answer.body()));
        assertEquals(before + 1, fixture.refused(code), "counted once");
    }

    /** Nothing is unpacked here, so that nothing can burst: a kilobyte of a bomb costs as much as any kilobyte. */
    @ParameterizedTest
    @ValueSource(strings = {"gzip", "br", "zstd", "deflate", "identity", "gzip, gzip", "x", ""})
    void whatIsPackedIsNotUnpacked(String encoding) throws Exception {
        ByteArrayOutputStream zip = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(zip)) {
            gzip.write(new byte[1 << 20]);
        }
        double before = fixture.refused("unsupported_media_type");
        HttpResponse<String> answer = fixture.post("application/json", zip.toByteArray(), "Content-Encoding", encoding);
        assertEquals(415, answer.statusCode(), answer::body);
        assertEquals(before + 1, fixture.refused("unsupported_media_type"), "counted once");
        assertEquals(202, fixture.post("application/json", EVENT).statusCode());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "/type      | {\"type\":\"note:eaten\",\"data\":{}}",
                "/timestamp | {\"type\":\"note:written\",\"timestamp\":\"2099-01-01T00:00:00Z\",\"data\":{}}",
                "/data/x    | {\"type\":\"note:written\",\"data\":{\"x\":\"\"}}"
            })
    void whatIsWrongIsPointedAt(String pointer, String event) throws Exception {
        HttpResponse<String> answer = fixture.send(HttpRequest.newBuilder(fixture.uri("/api/events"))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token("admin"))
                .POST(BodyPublishers.ofString(event)));
        assertEquals(422, answer.statusCode(), answer::body);
        assertEquals(
                pointer,
                new JsonObject(answer.body())
                        .getJsonArray("errors")
                        .getJsonObject(0)
                        .getString("pointer"));
    }

    @ParameterizedTest(name = "a slow {0} is 408")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "header          | slow_header | POST /api/events HTTP/1.1~Host: a~",
                "first line      | slow_header | POST /api/ev",
                "body            | slow_body   | POST /api/events HTTP/1.1~Host: a~TOKENContent-Type: application/json~Content-Length: 999~~{\"",
                "chunk           | slow_body   | POST /api/events HTTP/1.1~Host: a~TOKENContent-Type: application/json~Transfer-Encoding: chunked~~3e7~{",
                "line of NDJSON  | slow_body   | POST /api/events HTTP/1.1~Host: a~TOKENContent-Type: application/x-ndjson~Content-Length: 999~~{",
                "CloudEvent      | slow_body   | POST /api/events HTTP/1.1~Host: a~TOKENContent-Type: application/cloudevents+json~Content-Length: 999~~{",
            })
    void noRequestWaitsForASlowSender(String what, String reason, String request) throws Exception {
        double before = fixture.cut(reason);
        try (RawHttpClient raw = new RawHttpClient(fixture.port)) {
            String answer = raw.send(request.replace("TOKEN", "Authorization: Bearer " + fixture.token + "~")
                            .replace("~", "\r\n"))
                    .answer();
            assertTrue(answer.startsWith("HTTP/1.1 408 "), answer);
            assertTrue(answer.contains("\"code\":\"request_timeout\""), answer);
            assertTrue(raw.closed());
        }
        assertEquals(before + 1, fixture.cut(reason));
    }

    /** By HTTP and on the bus: an answer that says when to come back, when the stage behind gives none. */
    @Test
    void aSlowRouterIsUnavailable() throws Exception {
        try (IngestFixture slow = new IngestFixture(
                DomainModel.parse(
                        "pack.yaml",
                        """
                        domain: test
                        namespaces: { notes: { stream: notes } }
                        types: { "note:written": { namespace: notes } }
                        roles: { admin: { publish: ["*"] } }
                        """),
                Map.of(),
                Duration.ofMillis(500))) {
            slow.routerAnswers = false;
            HttpResponse<String> answer = slow.post("application/json", EVENT);
            assertEquals(503, answer.statusCode(), answer::body);
            assertEquals("unavailable", new JsonObject(answer.body()).getString("code"));
            assertTrue(answer.headers().firstValue("Retry-After").isPresent());
            ExecutionException failed = assertThrows(ExecutionException.class, () -> slow.ask(new JsonObject(EVENT)));
            ReplyException refused = assertInstanceOf(ReplyException.class, failed.getCause());
            assertEquals(503, refused.failureCode(), refused::getMessage);
            assertEquals("", InternalDetails.in(answer.body() + refused.getMessage()));
            assertEquals(2, slow.refused("unavailable"));
        }
    }

    /** What is nearly right, a little wrong anywhere, by every form and on the bus. */
    @Test
    void nonsenseNeverGetsAnythingButARefusal() throws Exception {
        long seed = Long.getLong("millrace.fuzz.seed", 11);
        MalformedInput nonsense = new MalformedInput(new Random(seed));
        long end = System.nanoTime() + Duration.ofSeconds(FUZZ_SECONDS).toNanos();
        for (int i = 0; System.nanoTime() < end; i++) {
            String form = nonsense.pick(FORMS);
            byte[] body = nonsense.broken(nonsense.pick(SEEDS));
            String which =
                    "seed " + seed + ", " + i + ": " + form + " " + new String(body, StandardCharsets.ISO_8859_1);
            if (form.equals("bus")) {
                try {
                    fixture.ask(Buffer.buffer(body));
                } catch (ExecutionException refused) {
                    ReplyException reply = assertInstanceOf(ReplyException.class, refused.getCause(), which);
                    assertTrue(ALLOWED.contains(reply.failureCode()), () -> reply + " of " + which);
                    assertEquals("", InternalDetails.in(String.valueOf(reply.getMessage())), which);
                }
                continue;
            }
            HttpResponse<String> answer = form.equals("binary")
                    ? fixture.post(
                            "application/json",
                            body,
                            "ce-specversion",
                            "1.0",
                            "ce-id",
                            "1",
                            "ce-source",
                            "/s",
                            "ce-type",
                            "note:written")
                    : fixture.post(form, body);
            assertTrue(ALLOWED.contains(answer.statusCode()), () -> answer.body() + " of " + which);
            assertEquals("", InternalDetails.in(answer.body()), which);
        }
        assertEquals(202, fixture.post("application/json", EVENT).statusCode());
    }

    private static final List<String> FORMS = List.of(
            "application/json",
            "application/x-ndjson",
            "application/cloudevents+json",
            "application/cloudevents-batch+json",
            "binary",
            "bus");

    private static final Set<Integer> ALLOWED = Set.of(200, 202, 207, 400, 403, 413, 415, 422);

    private static final List<String> SEEDS = List.of(
            EVENT,
            "[" + EVENT + "," + EVENT + "]",
            EVENT + "\n" + EVENT,
            "{\"type\":\"room:said\",\"id\":\"é🙂\",\"timestamp\":\"2026-01-31T09:30:00Z\",\"source\":\"u-1/x\","
                    + "\"data\":{\"room\":\"a/b\",\"n\":[1.5e3,{\"m\":-0.0}]},\"metadata\":{\"priority\":\"low\",\"tags\":[\"a\"],"
                    + "\"expectedVersion\":1,\"expiresAt\":\"2099-01-01T00:00:00Z\",\"target\":{\"users\":[\"u\"]}}}",
            "{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"note:written\",\"data\":{\"x\":1}}",
            "[{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/s\",\"type\":\"note:written\",\"data_base64\":\"e30=\"}]");

    static String token(String role) {
        return role.equals("a.b.c") ? role : new TokenSigner(SECRET).token("u-1", role);
    }

    private static byte[] body(String name) {
        return switch (name == null ? "" : name) {
            case "event" -> utf8(EVENT);
            case "deep" ->
                utf8("{\"type\":\"note:written\",\"data\":{\"a\":" + "[".repeat(10_000) + "]".repeat(10_000) + "}}");
            case "digits" -> utf8("9".repeat(500));
            case "utf-16" -> EVENT.getBytes(StandardCharsets.UTF_16LE);
            case "large" -> utf8("{\"type\":\"note:written\",\"data\":{\"y\":\"" + "x".repeat(5_000) + "\"}}");
            case "huge" -> new byte[IngestFixture.MAX_BODY + 1];
            case "name" -> utf8("{\"" + "x".repeat(100_000) + "\":1,\"data\":{}}");
            case "many" -> utf8((EVENT + "\n").repeat(4));
            case "nonsense" -> new byte[] {'{', (byte) 0x80, 0x00, 0x7F, (byte) 0xC0};
            default -> utf8(name == null ? "" : name);
        };
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
