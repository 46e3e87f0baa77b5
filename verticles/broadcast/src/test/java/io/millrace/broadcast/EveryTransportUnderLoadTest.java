package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The promises that hold under load on every transport, over HTTP/1.1 and HTTP/2. */
@Tag("slow")
@Timeout(240)
class EveryTransportUnderLoadTest {
    private static final int EVENT_BYTES = 20_000;
    /** The bytes that a resumed client is sent: many times what may wait for a socket. */
    private static final int CATCH_UP_BYTES = Integer.getInteger("millrace.catchup.mb", 5) << 20;

    private static final int CLIENTS = Integer.getInteger("millrace.transport.clients", 1_000);
    private static final Duration PATIENCE = Duration.ofSeconds(100);

    static Stream<Arguments> ways() {
        return Arrays.stream(Transport.values())
                .flatMap(transport -> transport.isSocket()
                        ? Stream.of(Arguments.of(transport, HttpVersion.HTTP_1_1))
                        : Stream.of(
                                Arguments.of(transport, HttpVersion.HTTP_1_1),
                                Arguments.of(transport, HttpVersion.HTTP_2)));
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aResumeFromFarBackGetsEverythingInOrder(Transport transport, HttpVersion version) throws Exception {
        int events = CATCH_UP_BYTES / EVENT_BYTES;
        try (BroadcastFixture front = new BroadcastFixture("message.rate", "100000");
                TransportClient client = new TransportClient(version, 5)) {
            for (int i = 0; i < events; i++) {
                front.store.commit("nobody", EVENT_BYTES);
            }
            TransportListener all = open(transport, client, front, options().put("after", "beginning"));
            awaitIds(all, events);
            front.store.commit(1);
            awaitIds(all, events + 1);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aClientThatStopsReadingForAWhileContinuesWithoutAGap(Transport transport, HttpVersion version)
            throws Exception {
        int events = 200;
        try (BroadcastFixture front =
                        new BroadcastFixture("message.rate", "100000", "buffer.max", "64KiB", "recent.events", "50");
                TransportClient slowClient = new TransportClient(version, 5);
                TransportClient quickClient = new TransportClient(version, 5)) {
            TransportListener slow = open(transport, slowClient, front, options());
            TransportListener quick = open(transport, quickClient, front, options());
            front.store.commit(1);
            awaitIds(slow, 1);
            slow.pause();
            for (int i = 1; i < events; i++) {
                front.store.commit("nobody", EVENT_BYTES);
            }
            awaitIds(quick, events);
            assertTrue(slow.ids().size() < events, "it has read everything, so it never stopped");
            slow.resume();
            awaitIds(slow, events);
        }
    }

    @Test
    void onlyClientsThatReadNothingForTooLongAreDisconnected() throws Exception {
        List<TransportClient> clients = new ArrayList<>();
        List<TransportListener> stuck = new ArrayList<>();
        try (BroadcastFixture front =
                        new BroadcastFixture("message.rate", "100000", "buffer.max", "64KiB", "slow.timeout", "2s");
                TransportListener other = Transport.SSE.open(front.uri, front.token("s-2", "staff"), options())) {
            soon(() -> other.first("subscribed") != null);
            for (Object[] way : ways().map(Arguments::get).toList()) {
                TransportClient client = new TransportClient((HttpVersion) way[1], 5);
                clients.add(client);
                stuck.add(open((Transport) way[0], client, front, options()));
            }
            stuck.forEach(TransportListener::pause);
            int events = 500;
            for (int i = 0; i < events; i++) {
                front.store.commit("nobody", EVENT_BYTES);
            }
            // Only of the other.
            soon(() -> front.gauge("millrace.broadcast.connections") <= 1);
            awaitIds(other, events);
            assertEquals(1, front.gauge("millrace.broadcast.connections"));
            // Else they would not notice that they were cut.
            stuck.forEach(TransportListener::resume);
        } finally {
            clients.forEach(TransportClient::close);
        }
    }

    @Test
    void aThousandClientsOfAllWaysGetEverythingInOrder() throws Exception {
        int events = 20;
        List<Arguments> ways = ways().toList();
        try (BroadcastFixture front = new BroadcastFixture("message.rate", "1000000", "connect.rate", "1000000");
                TransportClient one = new TransportClient(HttpVersion.HTTP_1_1, 2 * CLIENTS);
                TransportClient shared = new TransportClient(HttpVersion.HTTP_2, CLIENTS / 20)) {
            List<TransportListener> crowd = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Object[] way = ways.get(i % ways.size()).get();
                TransportClient client = way[1] == HttpVersion.HTTP_2 ? shared : one;
                crowd.add(((Transport) way[0]).open(client, front.uri, front.token("s-" + i, "staff"), options()));
            }
            soon(() -> crowd.stream().allMatch(each -> each.first("subscribed") != null));
            front.store.commit(events);
            for (TransportListener each : crowd) {
                awaitIds(each, events);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void clientsOfADrainingNodeGetAReconnect(Transport transport, HttpVersion version) throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("reconnect.spread", "1s");
                TransportClient client = new TransportClient(version, 5)) {
            TransportListener one = open(transport, client, front, options());
            front.store.commit(5);
            awaitIds(one, 5);
            // A long poll that has been answered comes again.
            soon(() -> front.gauge("millrace.broadcast.connections") == 1);
            front.drain();
            soon(one::hasEnded);
            JsonObject told = one.first("reconnect");
            JsonObject refused = one.first("error");
            assertTrue(
                    told != null
                            || one.endCode() == 1001
                            || (refused != null && "unavailable".equals(refused.getString("code"))),
                    "it ended without a word: " + one.ending());
            soon(() -> front.gauge("millrace.broadcast.connections") == 0);
        }
    }

    private static TransportListener open(
            Transport transport, TransportClient client, BroadcastFixture front, JsonObject options) {
        TransportListener listener = transport.open(client, front.uri, front.token("s-1", "staff"), options);
        soon(() -> listener.first("subscribed") != null || listener.hasEnded());
        assertNotNull(listener.first("subscribed"), () -> "ended with " + listener.ending());
        return listener;
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", STREAM);
    }

    private static void awaitIds(TransportListener listener, int count) {
        soon(() -> listener.eventCount() >= count || listener.hasEnded());
        assertEquals(
                IntStream.rangeClosed(1, count).mapToObj(id -> "" + id).toList(),
                listener.ids(),
                () -> "closed with " + listener.endCode());
    }

    private static void soon(Callable<Boolean> fact) {
        await().atMost(PATIENCE)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(10))
                .until(fact);
    }
}
