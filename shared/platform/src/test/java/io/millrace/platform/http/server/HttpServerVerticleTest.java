package io.millrace.platform.http.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.millrace.platform.RawRequests;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes as HTTP and isn't, or comes too slowly. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class HttpServerVerticleTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        port = HttpFixture.front(VERTX, METRICS, "http.origins", "https://shop.example");
    }

    @AfterAll
    static void stop() throws Exception {
        HttpFixture.done(VERTX.close());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            ignoreLeadingAndTrailingWhitespace = true,
            textBlock =
                    """
                    no Host                     | 400 | GET /thing HTTP/1.1~~
                    two Hosts                   | 400 | GET /thing HTTP/1.1~Host: a~Host: b~~
                    two equal Hosts             | 400 | GET /thing HTTP/1.1~Host: a~Host: a~~
                    an empty Host               | 400 | GET /thing HTTP/1.1~Host:~~
                    a Host with a blank         | 400 | GET /thing HTTP/1.1~Host: a b~~
                    a header that goes on       | 400 | GET /thing HTTP/1.1~Host: a~X-Long: one~ two~~
                    one that goes on by a tab   | 400 | GET /thing HTTP/1.1~Host: a~X-Long: one~^two~~
                    a Host that goes on         | 400 | GET /thing HTTP/1.1~Host: a~ b~~
                    a bad % in the query        | 400 | GET /thing?q=%zz HTTP/1.1~Host: a~~
                    a cut % in the query        | 400 | GET /thing?q=%4 HTTP/1.1~Host: a~~
                    a lone % in the query       | 400 | GET /thing?q=100% HTTP/1.1~Host: a~~
                    a bad % in the path         | 400 | GET /things/%g1 HTTP/1.1~Host: a~~
                    a bad % nowhere             | 400 | GET /nothing/% HTTP/1.1~Host: a~~
                    NUL in the path             | 400 | GET /things/a%00b HTTP/1.1~Host: a~~
                    NUL in the query            | 400 | GET /thing?q=%00 HTTP/1.1~Host: a~~
                    no UTF-8 in the query       | 400 | GET /thing?q=%ff HTTP/1.1~Host: a~~
                    half a character            | 400 | GET /things/%c3 HTTP/1.1~Host: a~~
                    no path                     | 400 | GET thing HTTP/1.1~Host: a~~
                    another's port              | 400 | CONNECT a:443 HTTP/1.1~Host: a:443~~
                    a length and chunks         | 400 | POST /things/1 HTTP/1.1~Host: a~Content-Length: 5~Transfer-Encoding: chunked~~0~~
                    chunks and a length         | 400 | POST /things/1 HTTP/1.1~Host: a~Transfer-Encoding: chunked~Content-Length: 5~~0~~
                    two lengths                 | 400 | POST /things/1 HTTP/1.1~Host: a~Content-Length: 5~Content-Length: 6~~hello
                    a length that is none       | 400 | POST /things/1 HTTP/1.1~Host: a~Content-Length: five~~hello
                    two tokens                  | 400 | GET /thing HTTP/1.1~Host: a~Authorization: Bearer a~Authorization: Bearer b~~
                    something else expected     | 417 | POST /things/1 HTTP/1.1~Host: a~Expect: 200-ok~Content-Length: 5~~hello
                    expected on any route       | 417 | GET /thing HTTP/1.1~Host: a~Expect: the-unexpected~~
                    no such thing               | 404 | GET /nothing HTTP/1.1~Host: a~~
                    a method that is not taken  | 405 | DELETE /thing HTTP/1.1~Host: a~~
                    a method that nobody knows  | 405 | BREW /things/1 HTTP/1.1~Host: a~~
                    """)
    void whatIsNoRequestIsRefusedInItsOwnWords(String what, int status, String request) throws Exception {
        double before = refused();
        try (RawRequests raw = new RawRequests(port)) {
            String answer =
                    raw.send(request.replace("~", "\r\n").replace('^', '\t')).answer();
            assertTrue(answer.startsWith("HTTP/1.1 " + status + " "), what + ": " + answer);
            JsonObject problem = HttpFixture.problem(answer);
            assertEquals(status, problem.getInteger("status"));
            assertNotNull(problem.getString("code"));
            assertFalse(answer.contains("java.") || answer.contains("io."), answer);
            await().until(() -> refused() == before + 1);
        }
        assertGood();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /thing HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /broken HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET thing HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /thing HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
            })
    void anAnswerOfTheApiCanNotBecomeAPage(String request) throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            String answer = raw.send(request).answer();
            assertTrue(answer.contains("X-Content-Type-Options: nosniff\r\n"), answer);
            assertTrue(
                    answer.contains("Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"), answer);
            assertTrue(answer.contains("Referrer-Policy: no-referrer\r\n"), answer);
        }
    }

    @Test
    void aLongTargetAndLongHeadersAreRefusedDifferently() throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            assertTrue(raw.send("GET /" + "x".repeat(10_000) + " HTTP/1.1\r\nHost: a\r\n\r\n")
                    .answer()
                    .contains("uri_too_long"));
        }
        try (RawRequests raw = new RawRequests(port)) {
            assertTrue(raw.send("GET /thing HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(100_000) + "\r\n\r\n")
                    .answer()
                    .contains("headers_too_large"));
        }
        try (RawRequests raw = new RawRequests(port)) {
            assertTrue(raw.send("GET /thing HTTP/1.1\r\nHost: a\r\n" + "X-More: y\r\n".repeat(2_000) + "\r\n")
                    .answer()
                    .contains("headers_too_large"));
        }
        assertGood();
    }

    @Test
    void aFoldedHeaderIsFoundWhereverItsRequestBegins() throws Exception {
        String folded = "GET /thing HTTP/1.1\r\nHost: a\r\nX: one\r\n two\r\n\r\n";
        try (RawRequests raw = new RawRequests(port)) {
            String body = "POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\na\r\n b\r\n";
            raw.send(body + folded);
            assertTrue(raw.answer().endsWith("took 7"));
            assertTrue(raw.answer().startsWith("HTTP/1.1 400 "));
        }
        try (RawRequests raw = new RawRequests(port)) {
            for (char c : folded.toCharArray()) {
                raw.send("" + c);
            }
            assertTrue(raw.answer().startsWith("HTTP/1.1 400 "));
        }
    }

    @Test
    void whatIsWrittenOtherwiseAndIsRightIsTaken() throws Exception {
        for (String request : List.of(
                "GET /thing HTTP/1.0\r\n\r\n",
                "GET http://front/thing HTTP/1.1\r\nHost: front\r\n\r\n",
                "\r\nGET /thing HTTP/1.1\r\nhost: front:8080\r\n\r\n",
                "GET /thing?q=%E2%82%AC%25 HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
                "GET /things/a%2Fb HTTP/1.1\r\nHost: a\r\nX: \t padded \t\r\n\r\n",
                "POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi",
                "POST /things/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
                "PUT /things/1 HTTP/1.1\r\nHost: a\r\n\r\n")) {
            try (RawRequests raw = new RawRequests(port)) {
                String answer = raw.send(request).answer();
                assertTrue(
                        answer.startsWith(request.startsWith("PUT") ? "HTTP/1.1 405" : "HTTP/1.")
                                && (request.startsWith("PUT") || answer.contains(" 200 OK")),
                        request + answer);
            }
        }
        try (RawRequests raw = new RawRequests(port)) {
            raw.send("POST /things/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
            assertTrue(raw.answer().startsWith("HTTP/1.1 100 "));
            assertTrue(raw.send("hi").answer().endsWith("took 2"));
        }
    }

    @Test
    void anInternalErrorIsAnsweredWithoutItsCause() throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            String answer = raw.send("GET /broken HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            assertTrue(answer.startsWith("HTTP/1.1 500 "));
            assertFalse(answer.contains("secret") || answer.contains("Exception"), answer);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/thing?q=%zz", "/thing?q=%00", "/things/%c3", "/thing?q=%"})
    void theSameIsRefusedOverHttp2AndItsNeighboursGoOn(String path) throws Exception {
        HttpClient client = HttpFixture.http2(VERTX, port);
        assertTrue(new JsonObject(HttpFixture.body(client, HttpMethod.GET, path, 400))
                .getString("code")
                .equals("bad_message"));
        assertEquals("got 1", HttpFixture.body(client, HttpMethod.GET, "/thing?q=1", 200));
        HttpClientResponse other =
                HttpFixture.done(client.request(HttpMethod.DELETE, "/thing").compose(HttpClientRequest::send));
        assertEquals("GET, HEAD", other.getHeader("Allow"));
        HttpClientResponse expected = HttpFixture.done(client.request(HttpMethod.POST, "/things/1")
                .compose(request -> request.putHeader("Expect", "more").send("hello")));
        assertEquals(417, expected.statusCode());
        HttpFixture.done(client.close());
    }

    @ParameterizedTest
    @CsvSource({
        "/thing, GET HEAD",
        "/things/1, GET HEAD POST",
        "/endless, GET",
    })
    void everyPathSaysWhatItTakes(String path, String methods) throws Exception {
        String allow = "allow: " + methods.replace(" ", ", ").toLowerCase(java.util.Locale.ROOT);
        try (RawRequests raw = new RawRequests(port)) {
            String other =
                    raw.send("TRACE " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            assertTrue(other.startsWith("HTTP/1.1 405 "), other);
            assertTrue(other.toLowerCase(java.util.Locale.ROOT).contains(allow + "\r\n"), other);
            String asked =
                    raw.send("OPTIONS " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            assertTrue(asked.startsWith("HTTP/1.1 204 "), asked);
            assertTrue(asked.toLowerCase(java.util.Locale.ROOT).contains(allow + "\r\n"), asked);
            assertTrue(
                    raw.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").answer().startsWith("HTTP/1.1 204 "));
        }
    }

    @Test
    void headIsGetWithoutABody() throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            String head = raw.send("HEAD /thing HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            assertTrue(
                    head.startsWith("HTTP/1.1 200 ")
                            && head.toLowerCase(java.util.Locale.ROOT).contains("etag"),
                    head);
            // The next answer begins right behind it.
            assertTrue(raw.send(HttpFixture.GOOD).answer().startsWith("HTTP/1.1 200 "));
            assertTrue(raw.send("HEAD /endless HTTP/1.1\r\nHost: a\r\n\r\n")
                    .answer()
                    .startsWith("HTTP/1.1 405 "));
        }
        HttpClient client = HttpFixture.http2(VERTX, port);
        assertEquals("", HttpFixture.body(client, HttpMethod.HEAD, "/things/1", 200));
        HttpFixture.done(client.close());
    }

    @Test
    void onlyAPageOfAnAllowedOriginGetsCorsHeaders() throws Exception {
        HttpClient client = VERTX.createHttpClient();
        HttpClientResponse preflight = ask(
                client,
                HttpMethod.OPTIONS,
                "/things/1",
                Map.of(
                        "Origin",
                        "https://shop.example",
                        "Access-Control-Request-Method",
                        "POST",
                        "Access-Control-Request-Headers",
                        "authorization, content-type, ce-id"));
        assertEquals(204, preflight.statusCode());
        assertEquals("https://shop.example", preflight.getHeader("Access-Control-Allow-Origin"));
        assertEquals("GET, HEAD, POST", preflight.getHeader("Access-Control-Allow-Methods"));
        assertEquals("authorization, content-type, ce-id", preflight.getHeader("Access-Control-Allow-Headers"));
        HttpClientResponse read = ask(client, HttpMethod.GET, "/thing", Map.of("Origin", "https://shop.example"));
        assertEquals("https://shop.example", read.getHeader("Access-Control-Allow-Origin"));
        assertTrue(
                String.valueOf(read.getHeader("Access-Control-Expose-Headers")).contains("ETag"));
        assertEquals("origin", read.getHeader("Vary"));
        HttpClientResponse missing = ask(client, HttpMethod.GET, "/nothing", Map.of("Origin", "https://shop.example"));
        assertEquals("https://shop.example", missing.getHeader("Access-Control-Allow-Origin"));
        HttpClientResponse other = ask(client, HttpMethod.DELETE, "/thing", Map.of("Origin", "https://shop.example"));
        assertEquals("https://shop.example", other.getHeader("Access-Control-Allow-Origin"));

        for (String foreign : List.of("https://shop.example.evil", "http://shop.example", "null", "%%%")) {
            HttpClientResponse asked = ask(
                    client,
                    HttpMethod.OPTIONS,
                    "/things/1",
                    Map.of("Origin", foreign, "Access-Control-Request-Method", "POST"));
            assertNull(asked.getHeader("Access-Control-Allow-Origin"), foreign);
            assertNull(asked.getHeader("Access-Control-Allow-Methods"), foreign);
            HttpClientResponse got = ask(client, HttpMethod.GET, "/thing", Map.of("Origin", foreign));
            assertNull(got.getHeader("Access-Control-Allow-Origin"), foreign);
            assertEquals("origin", got.getHeader("Vary"));
        }
        HttpFixture.done(client.close());
    }

    private static HttpClientResponse ask(
            HttpClient client, HttpMethod method, String path, Map<String, String> headers) throws Exception {
        RequestOptions options = new RequestOptions()
                .setMethod(method)
                .setHost("127.0.0.1")
                .setPort(port)
                .setURI(path);
        headers.forEach(options::putHeader);
        return HttpFixture.done(client.request(options).compose(HttpClientRequest::send));
    }

    private static void assertGood() throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            assertTrue(raw.send(HttpFixture.GOOD).answer().startsWith("HTTP/1.1 200 "));
        }
    }

    private static double refused() {
        return METRICS.get("millrace.http.refused.requests").counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }
}
