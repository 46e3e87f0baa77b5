package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code POST /api/events} behind a real front, with a router that takes everything. */
@Timeout(20)
class IngestRoutesTest {
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static final int MAX_BODY = 4_096;
    private static final String SECRET = "a signing key of the tests' own, long enough";
    private static final Ports PORTS = new Ports();

    private final Vertx vertx = Vertx.vertx();
    private final HttpClient client = HttpClient.newHttpClient();
    private final int port = PORTS.free();
    private final String token = new TokenSigner(SECRET).token("u-1", "admin");

    private final List<Event> routed = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { notes: { stream: notes } }
                types:
                  "note:written": { namespace: notes }
                  "note:checked": { namespace: notes, handler: service.slow }
                roles: { admin: { see: ["*"], publish: ["*"] } }
                """);
        Bus bus = new Bus(vertx, Duration.ofSeconds(5));
        done(bus.serve(Addresses.ROUTE, batch -> {
            routed.addAll(batch.events());
            return batch.events().get(0).type().equals("note:checked")
                    // Its handler never answers.
                    ? Promise.<Outcomes>promise().future()
                    : Future.succeededFuture(new Outcomes(batch.events().stream()
                            .map(event -> Outcome.of(Status.QUEUED, event))
                            .toList()));
        }));
        Settings settings =
                Settings.load(null, Map.of(), Map.of("http.port", "" + port, "http.body.max", "" + MAX_BODY));
        TokenVerifier tokens = new TokenVerifier(vertx, SECRET.getBytes(StandardCharsets.UTF_8), Clock.systemUTC());
        Health health = new Health();
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, new SimpleMeterRegistry(), health, MAX_BODY);
        IngestStage stage = new IngestStage(node, IngestSettings.from(settings));
        done(vertx.deployVerticle(new HttpServerVerticle(HttpSettings.from(settings), health, List.of(stage))));
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    @Test
    void aRequestWithoutATokenIsRefusedBeforeItsBodyIsRead() throws Exception {
        for (String authorization : List.of("", "Authorization: Bearer a.b.c\r\n")) {
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                String head = "POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + authorization + "Content-Length: 4000\r\n\r\n";
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
                // Not a byte of the body was sent: a server that waits for it would never answer.
                var answer =
                        new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
                assertEquals("HTTP/1.1 401 Unauthorized", answer.readLine());
            }
        }
    }

    @Test
    void aCloudEventsPermissionRequestIsAnsweredWithOriginAndRate() throws Exception {
        HttpRequest.Builder ask = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/events"))
                .method("OPTIONS", BodyPublishers.noBody());
        assertEquals(204, client.send(ask.build(), BodyHandlers.discarding()).statusCode());

        ask.header("WebHook-Request-Origin", "events.example");
        HttpResponse<Void> wanted = client.send(ask.build(), BodyHandlers.discarding());
        assertEquals(200, wanted.statusCode());
        assertEquals("*", wanted.headers().firstValue("WebHook-Allowed-Origin").orElseThrow());
        assertTrue(wanted.headers().firstValue("WebHook-Allowed-Rate").isEmpty());

        ask.header("WebHook-Request-Rate", "120");
        HttpResponse<Void> rated = client.send(ask.build(), BodyHandlers.discarding());
        assertEquals(
                "1200000", rated.headers().firstValue("WebHook-Allowed-Rate").orElseThrow());
    }

    @Test
    void aRequestWithATokenIsReadHoweverItsBodyComes() throws Exception {
        String event = "{\"type\":\"note:written\",\"id\":\"n-1\",\"data\":{}}";
        assertEquals(202, post(BodyPublishers.ofString(event)).statusCode());
        byte[] bytes = event.getBytes(StandardCharsets.UTF_8);
        // Of a length that it doesn't tell, so in chunks.
        BodyPublisher chunks = BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes));
        HttpResponse<String> answer = post(chunks);
        assertEquals(202, answer.statusCode(), answer::body);
        assertEquals("n-1", new JsonObject(answer.body()).getString("id"));
    }

    @Test
    void anEventThatWaitsForItsHandlerBlocksNoOther() throws Exception {
        for (int i = 0; i < 20; i++) {
            var unused = client.sendAsync(
                    request(BodyPublishers.ofString("{\"type\":\"note:checked\",\"data\":{}}")),
                    BodyHandlers.discarding());
        }
        long start = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            HttpResponse<String> answer = post(BodyPublishers.ofString("{\"type\":\"note:written\",\"data\":{}}"));
            assertEquals(202, answer.statusCode(), answer::body);
        }
        assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(4), "they waited too");
    }

    @Test
    void aBodyOverTheBoundIsRefusedWithOrWithoutItsLength() throws Exception {
        byte[] large = new byte[MAX_BODY + 1];
        assertEquals(413, post(BodyPublishers.ofByteArray(large)).statusCode());
        assertEquals(
                413,
                post(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(large)))
                        .statusCode());
    }

    @Test
    void aKeyThatIsThereTwiceFailsItsEventAlone() throws Exception {
        HttpResponse<String> answer = post(BodyPublishers.ofString("[{\"type\":\"note:written\",\"data\":{\"x\":1}},"
                + "{\"type\":\"note:written\",\"id\":\"twice\",\"data\":{\"x\":1,\"x\":2}}]"));
        assertEquals(207, answer.statusCode(), answer::body);
        JsonArray results = new JsonArray(answer.body());
        assertEquals("queued", results.getJsonObject(0).getString("status"));
        JsonObject refused = results.getJsonObject(1);
        assertEquals("twice", refused.getString("id"));
        assertEquals("invalid_event", refused.getString("code"));
        assertTrue(refused.getJsonArray("errors").encode().contains("/data/x"), answer::body);
    }

    @Test
    void theTraceOfARequestIsThatOfItsEventsUnlessTheySayAnother() throws Exception {
        String own = TRACE.replace("4bf9", "5bf9");
        String event = "{\"type\":\"note:written\",\"data\":{}";
        HttpResponse<String> answer = client.send(
                traced("[" + event + "}," + event + ",\"metadata\":{\"traceparent\":\"" + own
                                + "\",\"tags\":[\"eu\"]}}," + event + ",\"metadata\":{\"traceparent\":\"from afar\"}}]")
                        .header("traceparent", TRACE)
                        .build(),
                BodyHandlers.ofString());
        assertEquals(207, answer.statusCode(), answer::body);
        assertEquals(
                List.of(
                        "{\"traceparent\":\"" + TRACE + "\"}",
                        "{\"traceparent\":\"" + own + "\",\"tags\":[\"eu\"]}",
                        "{\"traceparent\":\"" + TRACE + "\"}"),
                metadata());
    }

    @Test
    void aTraceparentThatIsNotValidIsIgnored() throws Exception {
        String event = "{\"type\":\"note:written\",\"data\":{}}";
        for (String header : List.of("", "from afar", TRACE.toUpperCase(Locale.ROOT), "x".repeat(6_000))) {
            HttpResponse<String> answer =
                    client.send(traced(event).header("traceparent", header).build(), BodyHandlers.ofString());
            assertEquals(202, answer.statusCode(), answer::body);
        }
        HttpRequest twice = traced(event)
                .header("traceparent", TRACE)
                .header("traceparent", TRACE)
                .build();
        assertEquals(202, client.send(twice, BodyHandlers.ofString()).statusCode());
        assertEquals(Collections.nCopies(5, "{}"), metadata());
    }

    private List<String> metadata() {
        return routed.stream()
                .map(event -> new String(event.metadata(), StandardCharsets.UTF_8))
                .toList();
    }

    private HttpResponse<String> post(BodyPublisher body) throws Exception {
        return client.send(request(body), BodyHandlers.ofString());
    }

    private HttpRequest request(BodyPublisher body) {
        return asking(body).build();
    }

    private HttpRequest.Builder traced(String body) {
        return asking(BodyPublishers.ofString(body));
    }

    private HttpRequest.Builder asking(BodyPublisher body) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/events"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .POST(body);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(15, TimeUnit.SECONDS);
    }
}
