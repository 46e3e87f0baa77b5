package io.millrace.platform.http.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.platform.HttpFixture;
import io.millrace.platform.RawRequests;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.metrics.MetricDescriptions;
import io.millrace.platform.node.Health;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a scraper is given. */
@SuppressWarnings("NullAway.Init")
class ManagementServerTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final Map<String, Integer> COUNTS = new HashMap<>();
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
        metrics.config().meterFilter(new MetricDescriptions());
        metrics.counter("millrace.ingest.events", "outcome", "committed").increment();
        metrics.gauge("millrace.cache.batch.waiting.events", 3);
        Settings settings = Settings.load(null, Map.of(), Map.of("management.port", "0", "http.read.timeout", "200ms"));
        ManagementServer management = new ManagementServer(HttpSettings.from(settings), new Health(), metrics);
        management.init(VERTX, VERTX.getOrCreateContext());
        Future<HttpServer> server = management.start();
        port = server.toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS)
                .actualPort();
    }

    @AfterAll
    static void stop() throws Exception {
        VERTX.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                                                                             | text/plain; version=0.0.4; charset=utf-8",
                "*/*                                                                            | text/plain; version=0.0.4; charset=utf-8",
                "text/plain                                                                     | text/plain; version=0.0.4; charset=utf-8",
                "application/openmetrics-text                                                   | application/openmetrics-text; version=1.0.0; charset=utf-8",
                "Application/OpenMetrics-Text; version=1.0.0                                    | application/openmetrics-text; version=1.0.0; charset=utf-8",
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.1 | application/openmetrics-text; version=1.0.0; charset=utf-8",
                "application/openmetrics-text;q=0.3, text/plain;q=0.5                           | text/plain; version=0.0.4; charset=utf-8",
                "application/openmetrics-text;q=0, */*                                          | text/plain; version=0.0.4; charset=utf-8",
            })
    void aScraperGetsTheFormatThatItLikesBest(String accept, String type) throws Exception {
        HttpResponse<String> answer = scrape(accept);

        assertEquals(type, answer.headers().firstValue("content-type").orElse(""));
        assertEquals(type.startsWith("application"), answer.body().endsWith("# EOF\n"), answer.body());
    }

    @Test
    void aMetricSaysWhatItIs() throws Exception {
        String page = scrape("text/plain").body();

        assertTrue(page.contains("# HELP millrace_ingest_events_total Events that were sent, by outcome\n"), page);
        assertTrue(
                page.contains("# HELP millrace_cache_batch_waiting_events Events that wait at a batcher\n"),
                "one of any stage: " + page);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    another method      | 405 | POST /metrics HTTP/1.1~Host: a~Content-Length: 2~~hi
                    another method      | 405 | DELETE /health/ready HTTP/1.1~Host: a~~
                    nothing there       | 404 | GET /metrics/ HTTP/1.1~Host: a~~
                    nothing there       | 404 | GET / HTTP/1.1~Host: a~~
                    nothing there       | 404 | GET /health HTTP/1.1~Host: a~~
                    no Host             | 400 | GET /metrics HTTP/1.1~~
                    two Hosts           | 400 | GET /metrics HTTP/1.1~Host: a~Host: b~~
                    a bad %             | 400 | GET /metrics?x=% HTTP/1.1~Host: a~~
                    NUL                 | 400 | GET /health/live?x=%00 HTTP/1.1~Host: a~~
                    nonsense            | 400 | nonsense~~
                    something expected  | 417 | GET /metrics HTTP/1.1~Host: a~Expect: more~~
                    a huge target       | 414 | GET /HUGE HTTP/1.1~Host: a~~
                    a huge header       | 431 | GET /metrics HTTP/1.1~Host: a~X: HUGE~~
                    """)
    void whatIsNoQuestionIsRefusedAndCounted(String what, int status, String written) throws Exception {
        String request = written.replace("~", "\r\n").replace("HUGE", "x".repeat(10_000));
        try (RawRequests raw = new RawRequests(port)) {
            String answer = raw.send(request).answer();
            assertTrue(answer.startsWith(" " + status + " ", "HTTP/1.1".length()), answer);
            String code = HttpFixture.problem(answer).getString("code");
            assertTrue(
                    scrape("text/plain")
                            .body()
                            .contains("millrace_http_refused_requests_total{reason=\"" + code + "\"} " + expected(code)
                                    + ".0\n"),
                    code);
        }
    }

    private static int expected(String code) {
        return COUNTS.merge(code, 1, Integer::sum);
    }

    @Test
    void aSlowHeaderIsCutAndAScraperIsAnsweredMeanwhile() throws Exception {
        try (RawRequests slow = new RawRequests(port)) {
            slow.send("GET /metrics HTTP/1.1\r\nHost: a\r\n");
            assertEquals(200, scrape("text/plain").statusCode());
            assertTrue(slow.answer().startsWith("HTTP/1.1 408 "));
            assertTrue(slow.closed());
        }
        assertTrue(scrape("text/plain")
                .body()
                .contains("millrace_http_refused_connections_total{reason=\"slow_header\"} 1.0\n"));
    }

    private static HttpResponse<String> scrape(String accept) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/metrics"));
        if (!accept.isEmpty()) {
            request.header("Accept", accept);
        }
        return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
    }
}
