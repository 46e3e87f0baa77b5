package io.millrace.api;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.millrace.testkit.client.InternalDetails;
import io.millrace.testkit.client.RawHttpClient;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.slf4j.LoggerFactory;

/**
 * What each route does with what it shouldn't get, and without the stages behind it: a stable code, in words of our own, and
 * one count. Never a 500, silence, a trace or the name of a class; nothing in the log.
 */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
public class MalformedRequestsTest {
    public static final String PACK =
            """
            domain: test
            namespaces:
              orders: { stream: orders }
              secrets: { stream: secrets }
              rooms: { stream: "room:{data.room}" }
            types:
              "order:created": { namespace: orders, owner: data.who, entity: { kind: order, id: data.id, apply: put } }
              "secret:told": { namespace: secrets }
              "room:said": { namespace: rooms, entity: { kind: room, id: data.id, apply: put } }
            roles:
              admin: { see: ["*"], manage: ["dead-letters", "revocations", "cluster", "sinks", "connections"] }
              customer: { see: ["order:* own"] }
            kpis:
              revenue: { sum: data.total, of: "order:created", every: 1s, rollups: [day] }
            """;

    private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        LOG.start();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).addAppender(LOG);
        fixture = new ApiFixture(PACK, "http.read.timeout", "300ms");
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
        ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
        assertEquals(
                List.of(),
                LOG.list.stream()
                        .filter(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
                        .map(ILoggingEvent::getFormattedMessage)
                        // No queue runs behind these routes that could record it.
                        .filter(message -> !message.startsWith("could not record the denied command"))
                        .toList());
    }

    @ParameterizedTest(name = "{0}: without a token {1}")
    @CsvFileSource(resources = "/malformed/routes.txt", delimiter = '|')
    void everyRouteKeepsItsDoor(String route, int withoutToken) throws Exception {
        String path = path(route);
        String method = route.substring(0, route.indexOf(' '));
        String good = method + " " + path + " HTTP/1.1\r\nHost: a\r\n";
        String admin = "Authorization: Bearer " + fixture.token("boss", "admin") + "\r\n";
        if (withoutToken != 200 && withoutToken != 404) {
            String none = refused(withoutToken, "unauthenticated", good + "\r\n");
            assertTrue(none.contains("WWW-Authenticate: Bearer\r\n") || none.contains("www-authenticate"), none);
        }
        refused(401, "unauthenticated", good + "Authorization: Bearer a.b.c\r\n\r\n");
        refused(401, "unauthenticated", good + "Authorization: Basic YTpi\r\n\r\n");
        refused(401, "unauthenticated", good + "Authorization: Bearer " + "x".repeat(7_000) + "\r\n\r\n");
        refused(400, "bad_message", good + admin + admin + "\r\n");
        refused(405, "method_not_allowed", "PUT " + path + " HTTP/1.1\r\nHost: a\r\n" + admin + "\r\n");
        refused(405, "method_not_allowed", "BREW " + path + " HTTP/1.1\r\nHost: a\r\n" + admin + "\r\n");
        refused(414, "uri_too_long", method + " " + path + "?x=" + "x".repeat(9_000) + " HTTP/1.1\r\nHost: a\r\n\r\n");
        refused(431, "headers_too_large", good + "X: " + "x".repeat(100_000) + "\r\n\r\n");
        refused(413, "too_large", good + admin + "Content-Length: 99999\r\n\r\n");
        refused(413, "too_large", good + admin + "Content-Length: 999999999999999999\r\n\r\n");
        refused(400, "bad_message", good + admin + "Content-Length: 99999999999999999999999\r\n\r\n");
        refused(400, "bad_message", good + admin + "Content-Length: -1\r\n\r\n");
        refused(417, "expectation_failed", good + admin + "Expect: more\r\n\r\n");
        refused(400, "bad_message", method + " " + path + " HTTP/1.1\r\n\r\n");
        for (String nonsense : List.of("%", "%0", "%zz", "%00", "%ff", "%c3", "\u0001", "\u00ff")) {
            refused(400, "bad_message", method + " " + path + "?x=" + nonsense + " HTTP/1.1\r\nHost: a\r\n\r\n");
            refused(400, "bad_message", method + " " + path + nonsense + " HTTP/1.1\r\nHost: a\r\n\r\n");
        }
    }

    /** A byte now and then keeps nobody: all at once, so that they wait together. */
    @Test
    void noRouteWaitsForSlowSenders() throws Exception {
        double before = cut();
        Map<String, RawHttpClient> slow = new TreeMap<>();
        for (String route : routes()) {
            String begin = route.substring(0, route.indexOf(' ')) + " " + path(route) + " HTTP/1.1\r\nHost: a\r\n";
            slow.put("header of " + route, new RawHttpClient(fixture.port).send(begin));
            if (!route.startsWith("GET")) {
                slow.put(
                        "body of " + route,
                        new RawHttpClient(fixture.port)
                                .send(begin + "Authorization: Bearer " + fixture.token("boss", "admin")
                                        + "\r\nContent-Length: 1000\r\n\r\n{"));
            }
        }
        for (Map.Entry<String, RawHttpClient> one : slow.entrySet()) {
            String answer = one.getValue().answer();
            assertTrue(answer.startsWith("HTTP/1.1 408 "), one.getKey() + ": " + answer);
            assertTrue(answer.contains("\"code\":\"request_timeout\""), answer);
            assertTrue(one.getValue().closed(), one.getKey());
            one.getValue().close();
        }
        assertEquals(before + slow.size(), cut(), "each is counted");
    }

    @ParameterizedTest(name = "{0}: {1} {2} is {3} {4}")
    @CsvFileSource(
            resources = "/malformed/requests.txt",
            delimiter = '|',
            quoteCharacter = '`',
            maxCharsPerColumn = 20_000)
    void everyRequestHasItsAnswer(String who, String request, String written, int status, String code)
            throws Exception {
        String body = written == null ? "" : filled(written);
        String head = filled(request) + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + fixture.token("u-1", who)
                + "\r\nContent-Type: application/json\r\n";
        refused(
                status,
                code,
                head + (body.isEmpty() ? "\r\n" : "Content-Length: " + body.length() + "\r\n\r\n" + body));
    }

    /** What isn't in the table has no door that was looked at. */
    @Test
    void everyRouteIsInTheTable() throws Exception {
        assertEquals(fixture.routes(), routes().stream().sorted().toList());
    }

    private static List<String> routes() throws Exception {
        try (var table = MalformedRequestsTest.class.getResourceAsStream("/malformed/routes.txt")) {
            return new String(table.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> line.substring(0, line.indexOf('|')).strip())
                    .toList();
        }
    }

    private static String path(String route) {
        return route.substring(route.indexOf(' ') + 1)
                .replace(":stream", "orders")
                .replace(":kind", "order")
                .replace(":name", "revenue")
                .replace(":id", "1");
    }

    private static String filled(String written) {
        return written.replace('\'', '"')
                .replace("HUGE", "x".repeat(3_000))
                .replace("LONG", "x".repeat(ApiFixture.MAX_BODY + 1))
                .replace("DEEP", "[".repeat(1_500) + "]".repeat(1_500));
    }

    private static String refused(int status, String code, String request) throws Exception {
        double before = counted(code);
        try (RawHttpClient raw = new RawHttpClient(fixture.port)) {
            String answer = raw.send(request).answer();
            assertTrue(answer.startsWith(" " + status + " ", "HTTP/1.1".length()), () -> answer + " to " + request);
            assertTrue(answer.contains("application/problem+json"), answer);
            JsonObject problem = new JsonObject(answer.substring(answer.indexOf("\r\n\r\n") + 4));
            assertEquals(code, problem.getString("code"), answer);
            assertEquals(status, problem.getInteger("status"), answer);
            assertEquals("", InternalDetails.in(answer));
            // When its answer has ended, which its client may notice first.
            await().pollDelay(Duration.ZERO)
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> counted(code) == before + 1);
            return answer;
        }
    }

    private static double counted(String code) {
        return fixture.metrics
                .get("millrace.http.refused.requests")
                .tag("reason", code)
                .counter()
                .count();
    }

    private static double cut() {
        return fixture.metrics.get("millrace.http.refused.connections").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }
}
