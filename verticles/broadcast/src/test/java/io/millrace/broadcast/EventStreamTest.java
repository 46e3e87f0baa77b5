package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Responses that stay open: what a browser's {@code EventSource} needs, and one connection of HTTP/2 for many of them. */
@Tag("slow")
@Timeout(60)
class EventStreamTest {
    private static final int EVENTS = 100;
    private static final String ORDERS = "/api/sse?stream=orders";

    private final TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 5);
    private final TransportClient http2 = new TransportClient(HttpVersion.HTTP_2, 1);

    /** They leave before the front closes, or it waits for the responses that they read. */
    private interface Clients extends AutoCloseable {
        @Override
        void close();
    }

    @AfterEach
    void end() {
        client.close();
        http2.close();
    }

    @ParameterizedTest
    @CsvSource({"SSE, wait", "SSE, disconnect", "SOCKJS_XHR_STREAMING, wait"})
    void aStreamThatIsNotReadHarmsNoOtherOfItsHttp2Connection(Transport transport, String slow) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("buffer.max", "64KiB", "slow.timeout", "4s");
                Clients before = this::end) {
            TransportListener other = open(front, Transport.SSE, options());
            TransportListener stuck = open(front, transport, options().put("slow", slow));
            stuck.pause();
            for (int i = 0; i < EVENTS; i++) {
                front.store.commit("nobody", 20_000);
            }
            await().atMost(Duration.ofSeconds(30)).until(() -> other.eventCount() == EVENTS);
            await().atMost(Duration.ofSeconds(30)).until(() -> front.gauge("millrace.broadcast.connections") == 1);
            assertFalse(other.hasEnded());
            front.store.commit(1);
            await().until(() -> other.eventCount() == EVENTS + 1);
            stuck.resume();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = HttpVersion.class,
            names = {"HTTP_1_1", "HTTP_2"})
    void aDrainingNodeAnswersAndGivesTheConnectionUp(HttpVersion version) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                TransportClient one = new TransportClient(version, 1)) {
            assertEquals(
                    200, BroadcastFixture.done(ask(one, front, "/api/ws/info")).statusCode());
            front.drain();
            AtomicBoolean closed = new AtomicBoolean();
            HttpClientRequest request = BroadcastFixture.done(one.http().request(to(front, "/api/ws/info")));
            request.connection().closeHandler(gone -> closed.set(true));
            HttpClientResponse answer = BroadcastFixture.done(
                    request.send().compose(response -> response.body().map(response)));
            assertEquals(200, answer.statusCode());
            assertNoCacheKeeps(answer);
            assertEquals(version == HttpVersion.HTTP_2 ? null : "close", answer.getHeader("Connection"));
            await().untilTrue(closed);
        }
    }

    @Test
    void aRefusedEventSourceGetsARetry() throws Exception {
        try (BroadcastFixture busy = new BroadcastFixture("connect.rate", "1");
                BroadcastFixture draining = new BroadcastFixture();
                Clients before = this::end) {
            read(busy, ORDERS, "text/event-stream");
            assertComesBack("rate_limited", read(busy, ORDERS, "text/event-stream"));
            draining.drain();
            assertComesBack("unavailable", read(draining, ORDERS, "text/event-stream"));
            assertEquals(429, BroadcastFixture.done(ask(client, busy, ORDERS)).statusCode());
            assertEquals(
                    503, BroadcastFixture.done(ask(client, draining, ORDERS)).statusCode());
        }
    }

    private static void assertComesBack(String code, StringBuffer got) {
        await().until(() -> got.toString().endsWith("\n\n"));
        assertTrue(got.toString().startsWith("retry: "), got::toString);
        assertTrue(got.toString().contains("\nevent: problem\n"), got::toString);
        assertTrue(got.toString().contains("\"code\":\"" + code + "\""), got::toString);
    }

    @Test
    void whatIsRefusedForGoodHasItsStatus() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            for (String path :
                    new String[] {"/api/sse", "/api/sse?stream=orders&after=yesterday&rate=x", "/api/sse?stream=nowhere"
                    }) {
                int status = BroadcastFixture.done(client.http()
                                .request(to(front, path).putHeader("Accept", "text/event-stream"))
                                .compose(HttpClientRequest::send))
                        .statusCode();
                assertTrue(status >= 400, path);
            }
        }
    }

    @Test
    void noEventIsNamedErrorAndTheFirstFieldIsRetry() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture();
                Clients before = this::end) {
            StringBuffer got = new StringBuffer();
            String subscriptions = "{\"subscribe\":[{\"stream\":\"orders\"},{\"stream\":\"nowhere\"}]}";
            BroadcastFixture.done(client.http()
                    .request(to(front, "/api/sse")
                            .setMethod(HttpMethod.POST)
                            .putHeader("Content-Type", "application/json"))
                    .compose(request ->
                            request.send(subscriptions).onSuccess(response -> response.handler(got::append))));
            await().until(() -> got.toString().contains("permission_denied"));
            assertTrue(got.toString().startsWith("retry: "), got::toString);
            assertTrue(got.toString().contains("event: problem\n"), got::toString);
            assertFalse(got.toString().contains("event: error\n"), got::toString);
        }
    }

    @Test
    void aDrainingNodeSendsARetryThatBrowsersObey() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("reconnect.spread", "1s")) {
            StringBuffer got = read(front, ORDERS, "text/event-stream");
            await().until(() -> got.toString().contains("event: subscribed"));
            front.drain();
            await().until(() -> got.toString().contains("event: reconnect"));
            assertTrue(got.toString().matches("(?s).*\nretry: \\d+\nevent: reconnect\n.*"), got::toString);
        }
    }

    @Test
    void aTicketThatOpenedAResponseOpensItAgainAndNothingElse() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            String ticket = ticket(front);
            for (int times = 0; times < 3; times++) {
                TransportClient once = new TransportClient(HttpVersion.HTTP_1_1, 1);
                HttpClientResponse response = BroadcastFixture.done(once.http()
                        .request(anonymous(front, ORDERS + "&ticket=" + ticket))
                        .compose(HttpClientRequest::send));
                assertEquals(200, response.statusCode());
                once.close();
                await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
            }
            String poll = "/api/poll?stream=orders&ticket=";
            assertEquals(401, status(front, poll + ticket));
            String other = ticket(front);
            assertEquals(200, status(front, poll + other));
            assertEquals(401, status(front, poll + other));
            assertEquals(401, status(front, ORDERS + "&ticket=" + other));
        }
    }

    private String ticket(BroadcastFixture front) throws Exception {
        HttpClientResponse response = BroadcastFixture.done(client.http()
                .request(to(front, "/api/tickets").setMethod(HttpMethod.POST))
                .compose(request -> request.send().compose(sent -> sent.body().map(sent))));
        assertNoCacheKeeps(response);
        return BroadcastFixture.done(response.body()).toJsonObject().getString("ticket");
    }

    private int status(BroadcastFixture front, String path) throws Exception {
        HttpClientResponse response = BroadcastFixture.done(
                client.http().request(anonymous(front, path)).compose(HttpClientRequest::send));
        assertNoCacheKeeps(response);
        return response.statusCode();
    }

    /** Not even one that heeds {@code private} alone, like Fastly. */
    private static void assertNoCacheKeeps(HttpClientResponse response) {
        assertEquals("private, no-store", response.getHeader("Cache-Control"));
    }

    private static Future<HttpClientResponse> ask(TransportClient by, BroadcastFixture front, String path) {
        return by.http().request(to(front, path)).compose(request -> request.send()
                .compose(response -> response.body().map(response)));
    }

    private StringBuffer read(BroadcastFixture front, String path, String accept) throws Exception {
        StringBuffer got = new StringBuffer();
        HttpClientResponse response = BroadcastFixture.done(client.http()
                .request(to(front, path).putHeader("Accept", accept))
                .compose(request -> request.send().onSuccess(onStarted -> onStarted.handler(got::append))));
        assertEquals(200, response.statusCode());
        assertEquals("no", response.getHeader("X-Accel-Buffering"));
        assertEquals("private, no-cache, no-transform", response.getHeader("Cache-Control"));
        return got;
    }

    private TransportListener open(BroadcastFixture front, Transport transport, JsonObject options) {
        TransportListener listener = transport.open(http2, front.uri, front.token("s-1", "staff"), options);
        await().atMost(Duration.ofSeconds(30)).until(() -> listener.first("subscribed") != null);
        return listener;
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", STREAM);
    }

    private static RequestOptions to(BroadcastFixture front, String path) {
        return anonymous(front, path).putHeader("Authorization", "Bearer " + front.token("s-1", "staff"));
    }

    private static RequestOptions anonymous(BroadcastFixture front, String path) {
        return new RequestOptions()
                .setHost(front.uri.getHost())
                .setPort(front.uri.getPort())
                .setURI(path);
    }
}
