package io.millrace.platform;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A front with little patience and room for four connections. */
@Tag("slow")
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("SlowSendersTest")
@SuppressWarnings("NullAway.Init")
class SlowSendersTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static int port;

    @BeforeAll
    static void start() throws Exception {
        port = HttpFixture.front(VERTX, METRICS, "http.read.timeout", "400ms", "http.connections.max", "4");
    }

    @AfterAll
    static void stop() throws Exception {
        HttpFixture.done(VERTX.close());
    }

    @Test
    void aHeaderThatDripsIsCutAndAnIdleConnectionIsNot() throws Exception {
        double before = cut("slow_header");
        try (RawRequests idle = new RawRequests(port);
                RawRequests first = new RawRequests(port);
                RawRequests later = new RawRequests(port)) {
            assertTrue(idle.send(HttpFixture.GOOD).answer().contains("200 OK"));
            assertTrue(later.send(HttpFixture.GOOD).answer().contains("200 OK"));
            first.send("GET /thing HTTP/1.1\r\nHo");
            later.send("GET /thing HTTP/1.1\r\nHost: a\r\n");
            drip(first, later);
            assertTrue(first.answer().startsWith("HTTP/1.1 408 "));
            assertTrue(first.closed());
            assertTrue(later.closed());
            assertEquals(before + 2, cut("slow_header"));
            // Idle for as long as the others took.
            assertTrue(idle.send(HttpFixture.GOOD).answer().contains("200 OK"));
        }
    }

    @Test
    void aSilentConnectionIsClosedWhateverItsFirstBytes() throws Exception {
        for (String beginning : List.of("", "P", "PRI * HTTP/2.0\r\n", "G")) {
            try (RawRequests raw = new RawRequests(port)) {
                raw.send(beginning);
                assertTrue(raw.closed(), beginning);
            }
        }
    }

    @Test
    void anHttp2HeaderThatNeverEndsIsCut() throws Exception {
        String preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "\0\0\0\4\0\0\0\0\0";
        // A header block without END_HEADERS; a frame that is cut in its middle; a frame's header that is.
        for (String part : List.of("\0\0\1\1\0\0\0\0\1\u0082", "\0\0\5\1\4\0\0\0\1\u0082", "\0\0\5\1")) {
            try (RawRequests raw = new RawRequests(port)) {
                raw.send(preface + part);
                assertTrue(raw.closed());
            }
        }
    }

    @Test
    void aBodyThatDripsIsCutAndItsNeighboursOnTheConnectionAreNot() throws Exception {
        double before = cut("slow_body");
        for (String request : List.of(
                "POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n",
                "POST /things/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                // Nobody reads it, and it is answered at once.
                "GET /thing HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n")) {
            try (RawRequests raw = new RawRequests(port)) {
                raw.send(request);
                assertTrue(raw.answer().startsWith(request.startsWith("GET") ? "HTTP/1.1 200" : "HTTP/1.1 408 "));
                assertTrue(raw.closed());
            }
        }
        HttpClient client = HttpFixture.http2(VERTX, port);
        HttpClientRequest slow = HttpFixture.done(client.request(HttpMethod.POST, "/things/1"));
        slow.setChunked(true);
        HttpFixture.done(slow.write("x"));
        assertEquals(408, HttpFixture.done(slow.response()).statusCode());
        assertEquals("got 1", HttpFixture.body(client, HttpMethod.GET, "/thing?q=1", 200));
        assertEquals(before + 4, cut("slow_body"));
        HttpFixture.done(client.close());
    }

    @Test
    void aRefusedRequestIsNotCountedAsSlowToo() throws Exception {
        double before = cut("slow_body");
        for (int i = 0; i < 10; i++) {
            try (RawRequests refused = new RawRequests(port)) {
                refused.send("POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
                assertTrue(refused.answer().startsWith("HTTP/1.1 413 "));
            }
        }
        try (RawRequests slow = new RawRequests(port)) {
            slow.send("POST /things/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n");
            assertTrue(slow.answer().startsWith("HTTP/1.1 408 "));
        }
        assertEquals(before + 1, cut("slow_body"));
    }

    @Test
    void anEndlessAnswerIsLeftAlone() throws Exception {
        try (RawRequests raw = new RawRequests(port)) {
            raw.send("GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").answer();
            raw.socket.setSoTimeout(2_500);
            assertFalse(raw.closed());
        }
    }

    @Test
    void aConnectionBeyondTheLimitIsRefusedUntilAnotherCloses() throws Exception {
        List<RawRequests> open = new ArrayList<>();
        await().until(() -> METRICS.get("millrace.http.connections").gauge().value() == 0);
        for (int i = 0; i < 4; i++) {
            RawRequests raw = new RawRequests(port);
            open.add(raw);
            assertTrue(raw.send(HttpFixture.GOOD).answer().contains("200 OK"));
        }
        double before = cut("full");
        try (RawRequests fifth = new RawRequests(port)) {
            String answer = fifth.answer();
            assertTrue(answer.startsWith("HTTP/1.1 503 ") && answer.contains("Retry-After: "), answer);
            assertEquals("overloaded", HttpFixture.problem(answer).getString("code"));
            assertTrue(fifth.closed());
        }
        assertEquals(before + 1, cut("full"));
        open.remove(0).close();
        await().until(() -> METRICS.get("millrace.http.connections").gauge().value() == 3);
        try (RawRequests next = new RawRequests(port)) {
            assertTrue(next.send(HttpFixture.GOOD).answer().contains("200 OK"));
        }
        for (RawRequests raw : open) {
            raw.close();
        }
    }

    /** A byte now and then, as long as anybody takes them. */
    private static void drip(RawRequests... slow) throws Exception {
        for (int i = 0; i < 4; i++) {
            Thread.sleep(60);
            for (RawRequests raw : slow) {
                raw.send("x");
            }
        }
    }

    private static double cut(String reason) {
        return METRICS.get("millrace.http.refused.connections")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
