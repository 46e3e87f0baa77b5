package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The streams of KPIs, with an aggregate stage that is only a map. */
@Tag("slow")
@Timeout(60)
class LiveKpisTest {
    private static final String SALES = "kpi:sales";

    private final BroadcastFixture front = new BroadcastFixture("buffer.max", "64KiB", "slow.timeout", "30s");
    private final Map<String, KpiValues.Value> present = new ConcurrentHashMap<>();
    private final AtomicInteger asked = new AtomicInteger();

    LiveKpisTest() throws Exception {}

    @BeforeEach
    void begin() throws Exception {
        BroadcastFixture.done(front.bus.serve(Addresses.KPI_VALUES, this::values));
    }

    @AfterEach
    void end() {
        front.close();
    }

    private Future<KpiValues> values(KpiValuesQuery query) {
        asked.incrementAndGet();
        return Future.succeededFuture(new KpiValues(
                query.kpis().stream().map(present::get).filter(Objects::nonNull).toList()));
    }

    /** A new value that the bus loses. */
    private KpiValues.Value lost(String kpi, long revision, int value) {
        return lost(kpi, revision, value, "");
    }

    private KpiValues.Value lost(String kpi, long revision, int value, String more) {
        String data = "{\"kpi\":\"" + kpi + "\",\"value\":" + value + ",\"change\":1,\"more\":\"" + more + "\"}";
        KpiValues.Value known = new KpiValues.Value(kpi, revision, data.getBytes(StandardCharsets.UTF_8));
        present.put(kpi, known);
        return known;
    }

    private void publish(String kpi, long revision, int value) {
        front.bus.publish(Addresses.KPI_CHANGES, new KpiValues(List.of(lost(kpi, revision, value))));
    }

    private static List<Integer> shown(List<JsonObject> messages) {
        return messages.stream()
                .map(message ->
                        message.getJsonObject("data").getJsonObject("data").getInteger("value"))
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void theValueComesFirstAndThenEachOther(Transport transport) {
        publish("sales", 1_000_000, 5);
        JsonObject options = new JsonObject().put("stream", SALES);
        try (TransportListener staff = transport.open(front.uri, front.token("s-1", "staff"), options)) {
            await().until(() -> shown(staff.events()).equals(List.of(5)));
            publish("sales", 2_000_000, 7);
            await().until(() -> shown(staff.events()).equals(List.of(5, 7)));
            JsonObject message = staff.events().get(1);
            assertEquals("update", message.getString("type"));
            assertEquals("1970-01-01T00:00:02Z", message.getString("timestamp"));
            assertEquals("live:2000000", message.getString("position"));
            assertEquals("kpi:update", message.getJsonObject("data").getString("type"));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"WEBSOCKET", "SSE", "POLL", "SOCKJS", "TCP"})
    void whoeverMayNotSeeAllEventsOfItsTypeMayNotFollowIt(Transport transport) {
        publish("sales", 1, 5);
        for (String role : List.of("customer", "public")) {
            for (String stream : List.of(SALES, "kpi:unknown")) {
                JsonObject options = new JsonObject().put("stream", stream);
                try (TransportListener refused = transport.open(front.uri, front.token("x", role), options)) {
                    await().until(() -> refused.first("error") != null);
                    assertEquals(
                            "permission_denied",
                            Objects.requireNonNull(refused.first("error")).getString("code"));
                    assertEquals(List.of(), refused.events());
                }
            }
        }
    }

    @Test
    void aResumeGetsTheNewestValueUnlessItHasThat() {
        publish("sales", 1, 5);
        try (SocketClient client = front.connect("s-1", "staff");
                SocketClient other = front.connect("s-2", "staff")) {
            StreamLog log = client.subscribe(SALES, "live:1");
            assertTrue(log.recovered());
            publish("sales", 2, 6);
            publish("sales", 9, 8);
            await().until(() -> shown(log.messages()).equals(List.of(6, 8)));
            StreamLog late = other.subscribe(SALES, "live:1");
            await().until(() -> shown(late.messages()).equals(List.of(8)));
            assertTrue(late.recovered());
        }
    }

    @Test
    void aKpiWithoutAValueIsFollowedUntilItHasOne() {
        try (SocketClient client = front.connect("s-1", "staff")) {
            StreamLog log = client.subscribe(SALES);
            publish("rooms", 1, 1);
            publish("sales", 1, 5);
            await().until(() -> shown(log.messages()).equals(List.of(5)));
        }
    }

    @Test
    void whatTheBusLosesOrRepeatsIsThereOnceWithinASecondOrTwo() {
        publish("sales", 5, 5);
        try (SocketClient client = front.connect("s-1", "staff")) {
            StreamLog log = client.subscribe(SALES);
            lost("sales", 6, 6);
            await().atMost(Duration.ofSeconds(3))
                    .until(() -> shown(log.messages()).equals(List.of(5, 6)));
            KpiValues.Value newest = Objects.requireNonNull(present.get("sales"));
            front.bus.publish(Addresses.KPI_CHANGES, new KpiValues(List.of(newest)));
            front.bus.publish(
                    Addresses.KPI_CHANGES, new KpiValues(List.of(new KpiValues.Value("sales", 3, newest.data()))));
            publish("sales", 7, 7);
            await().until(() -> shown(log.messages()).equals(List.of(5, 6, 7)));
        }
    }

    @Test
    void nothingIsAskedOfAggregateWhereNobodyFollowsAKpi() {
        publish("sales", 1, 5);
        try (SocketClient client = front.connect("s-1", "staff")) {
            client.subscribe(SALES);
        }
        // As long as a stream is followed after its last subscription.
        await().pollDelay(BroadcastFixture.LINGER.plusMillis(200)).until(() -> true);
        int before = asked.get();
        await().pollDelay(Duration.ofMillis(1_500)).until(() -> true);
        assertEquals(before, asked.get());
    }

    @Test
    void aRateConflatesAndADeltaIsAPatch() {
        publish("sales", 1, 1);
        JsonObject request = new JsonObject().put("type", "subscribe").put("stream", SALES);
        try (SocketClient slow = front.connect("s-1", "staff");
                SocketClient delta = front.connect("s-2", "staff")) {
            StreamLog rated = slow.subscribe(request.copy().put("rate", 1));
            StreamLog patched = delta.subscribe(request.copy().put("delta", true));
            await().until(() -> rated.size() == 1 && patched.size() == 1);
            for (int i = 2; i <= 20; i++) {
                publish("sales", i, i);
            }
            await().until(() -> new JsonObject()
                    .put("value", 20)
                    .equals(patched.messages()
                            .get(patched.size() - 1)
                            .getJsonObject("data")
                            .getJsonObject("patch")));
            await().until(() -> shown(rated.messages()).contains(20));
            List<Integer> values = shown(rated.messages());
            assertTrue(values.size() < 20, values::toString);
            assertEquals(values.stream().sorted().distinct().toList(), values);
        }
    }

    @Test
    void whoeverReadsSlowlyAndDropsGetsTheNewestValue() {
        String more = "x".repeat(20_000);
        AtomicInteger last = new AtomicInteger(1);
        publish("sales", 1_000_000, 1);
        JsonObject options = new JsonObject().put("stream", SALES).put("slow", "drop");
        try (TransportListener slow = Transport.WEBSOCKET.open(front.uri, front.token("s-1", "staff"), options)) {
            await().until(() -> slow.eventCount() == 1);
            slow.pause();
            await().atMost(Duration.ofSeconds(30)).until(() -> {
                for (int i = 0; i < 20; i++) {
                    int value = last.incrementAndGet();
                    front.bus.publish(
                            Addresses.KPI_CHANGES,
                            new KpiValues(List.of(lost("sales", value * 1_000_000L, value, more))));
                }
                return front.counter("millrace.broadcast.slow.consumers") > 0;
            });
            slow.resume();
            await().until(() -> shown(slow.events()).contains(last.get()));
            List<Integer> values = shown(slow.events());
            assertEquals(values.stream().sorted().distinct().toList(), values);
            assertEquals(List.of(), slow.all("gap"));
            assertEquals(0, front.counter("millrace.broadcast.dropped"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"customer", "public"})
    void aRenewalThatMayNotFollowItEndsIt(String role) {
        publish("sales", 1, 5);
        try (SocketClient client = front.connect("s-1", "staff");
                SocketClient other = front.connect("s-2", "staff")) {
            StreamLog log = client.subscribe(SALES);
            StreamLog others = other.subscribe(SALES);
            await().until(() -> shown(log.messages()).equals(List.of(5)));
            client.send(new JsonObject()
                    .put("type", "auth")
                    .put("token", front.token("s-1", role))
                    .encode());
            await().until(() -> client.last("error") != null);
            JsonObject error = Objects.requireNonNull(client.last("error"));
            assertEquals(SALES, error.getString("stream"));
            assertEquals("permission_denied", error.getString("code"));
            publish("sales", 2, 6);
            await().until(() -> shown(others.messages()).equals(List.of(5, 6)));
            client.send("{\"type\":\"ping\",\"id\":7}");
            await().until(() -> client.last("pong") != null);
            assertEquals(List.of(5), shown(log.messages()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRevokedTokenGetsNoFurtherValue(Transport transport) {
        publish("sales", 1, 5);
        JsonObject options = new JsonObject().put("stream", SALES);
        try (TransportListener revoked = transport.open(front.uri, front.token("s-1", "staff"), options);
                SocketClient other = front.connect("s-2", "staff")) {
            StreamLog others = other.subscribe(SALES);
            await().until(() -> shown(revoked.events()).equals(List.of(5)) && others.size() == 1);
            front.revoke("s-1");
            await().until(revoked::hasEnded);
            publish("sales", 2, 6);
            await().until(() -> shown(others.messages()).equals(List.of(5, 6)));
            assertEquals(List.of(5), shown(revoked.events()));
        }
    }

    @Test
    void anExpiredTokenGetsNoFurtherValue() {
        publish("sales", 1, 5);
        JsonObject options = new JsonObject().put("stream", SALES);
        JsonObject soon = new JsonObject().put("exp", Instant.now().getEpochSecond() + 3);
        String token = front.token("s-1", soon, "staff");
        try (SocketClient other = front.connect("s-2", "staff")) {
            StreamLog others = other.subscribe(SALES);
            List<TransportListener> expiring = Stream.of(Transport.values())
                    .map(transport -> transport.open(front.uri, token, options))
                    .toList();
            await().until(() -> expiring.stream().allMatch(listener -> listener.eventCount() == 1));
            await().until(() -> front.gauge("millrace.broadcast.connections") == 1);
            publish("sales", 2, 6);
            await().until(() -> shown(others.messages()).equals(List.of(5, 6)));
            for (TransportListener listener : expiring) {
                assertEquals(List.of(5), shown(listener.events()), listener.ending());
                listener.close();
            }
        }
    }

    @Test
    void aStateOfAKpiIsRefused() {
        try (SocketClient client = front.connect("s-1", "staff")) {
            client.send(new JsonObject()
                    .put("type", "subscribe")
                    .put("stream", SALES)
                    .put("state", true)
                    .encode());
            await().until(() -> client.last("error") != null);
            assertEquals(
                    "bad_message", Objects.requireNonNull(client.last("error")).getString("code"));
            assertFalse(client.others().stream().anyMatch(message -> "subscribed".equals(message.getString("type"))));
        }
    }
}
