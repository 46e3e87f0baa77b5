package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.stream.PositionAtTime;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A stream of ten events, of which history has removed the first. */
@SuppressWarnings("NullAway.Init")
class HistoryGapTest {
    private static final long HEAD = 10;

    private static volatile long oldest;
    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: shop
                namespaces: { orders: { stream: orders } }
                types: { "order:made": { namespace: orders, owner: data.customer } }
                roles: { admin: { see: ["*"] }, customer: { see: ["* own"] } }
                """);
        fixture.serve(Addresses.HISTORY, HistoryGapTest::page);
        fixture.serve(
                Addresses.POSITION_AT,
                query -> Future.succeededFuture(new PositionAtTime(new Position("k1", oldest - 1), false)));
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void theFirstFourAreGone() {
        oldest = 5;
    }

    @Test
    void aPageBehindARemovedPositionSaysWhatIsMissingAndGoesOnWithWhatIsKept() {
        JsonObject page = admin("after=k1:2&limit=3");
        assertEquals(List.of("5", "6", "7"), ids(page));
        assertEquals(gap("k1:3", "k1:4"), page.getJsonObject("gap"));
        JsonObject next = admin("after=" + page.getString("next"));
        assertEquals(List.of("8", "9", "10"), ids(next));
        assertFalse(next.containsKey("gap"));
    }

    @Test
    void whatWasReadBeforeItWasRemovedIsNotMissing() {
        assertFalse(admin("after=k1:4").containsKey("gap"));
        assertFalse(admin("").containsKey("gap"), "what is kept was asked for");
        assertFalse(admin("after=beginning").containsKey("gap"));
        assertFalse(admin("last=20").containsKey("gap"));
        assertFalse(admin("after=k1:" + HEAD).containsKey("gap"));
        ApiResponse beyond = fixture.api("boss", "admin").get("/api/streams/orders/events?after=k1:" + Long.MAX_VALUE);
        assertEquals(404, beyond.status(), beyond::toString);
    }

    @Test
    void aStreamOfWhichNothingIsKeptIsAnEmptyPageThatLeadsToItsHead() {
        oldest = HEAD + 1;
        JsonObject page = admin("after=k1:2");
        assertEquals(new JsonArray(), page.getJsonArray("events"));
        assertEquals(gap("k1:3", "k1:10"), page.getJsonObject("gap"));
        assertEquals("k1:10", page.getString("next"));
        JsonObject next = admin("after=k1:10");
        assertEquals(new JsonArray(), next.getJsonArray("events"));
        assertFalse(next.containsKey("gap"));
        assertEquals(new JsonArray(), admin("last=5").getJsonArray("events"));
        assertEquals(new JsonArray(), admin("").getJsonArray("events"));
    }

    @Test
    void aTimeBeforeWhatIsKeptIsAGapOfUnknownBeginning() {
        assertEquals(gap("k1:1", "k1:4"), admin("after=2026-01-31T09:30:00Z").getJsonObject("gap"));
    }

    @Test
    void aFilterPassesOverNoGap() {
        JsonObject page = admin("after=k1:2&filter=%7B%22data.n%22%3A9%7D");
        assertEquals(List.of("9"), ids(page));
        assertEquals(gap("k1:3", "k1:4"), page.getJsonObject("gap"));
    }

    @Test
    void whoeverSeesAPartIsToldBySealedPositions() {
        oldest = 1;
        JsonObject first = customer("limit=1").json();
        assertEquals(List.of("2"), ids(first));
        oldest = 5;
        JsonObject page = customer("after=" + first.getString("next")).json();
        assertEquals(List.of("6", "8", "10"), ids(page));
        assertTrue(page.getJsonObject("gap").getString("from").startsWith("s."));
        oldest = HEAD + 1;
        ApiResponse empty = customer("after=" + first.getString("next"));
        assertEquals(new JsonArray(), empty.json().getJsonArray("events"));
        assertEquals("history", empty.json().getJsonObject("gap").getString("reason"));
        ApiResponse next = customer("after=" + empty.json().getString("next"));
        assertEquals(new JsonArray(), next.json().getJsonArray("events"));
        assertFalse(next.json().containsKey("gap"));
        assertNotEquals(next.header("ETag"), empty.header("ETag"));
    }

    private static JsonObject gap(String from, String to) {
        return new JsonObject().put("from", from).put("to", to).put("reason", "history");
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("events").stream()
                .map(each -> ((JsonObject) each).getJsonObject("data").getString("id"))
                .toList();
    }

    private static JsonObject admin(String query) {
        ApiResponse answer = fixture.api("boss", "admin").get("/api/streams/orders/events?" + query);
        assertEquals(200, answer.status(), answer::toString);
        return answer.json();
    }

    private static ApiResponse customer(String query) {
        ApiResponse answer = fixture.api("c-0", "customer").get("/api/streams/orders/events?" + query);
        assertEquals(200, answer.status(), answer::toString);
        return answer;
    }

    private static Future<HistoryPage> page(HistoryQuery query) {
        long after = Math.max(oldest - 1, query.last() ? HEAD - query.limit() : query.after());
        List<CommittedEvent> events = LongStream.rangeClosed(after + 1, HEAD)
                .limit(query.limit())
                .mapToObj(HistoryGapTest::event)
                .toList();
        return Future.succeededFuture(new HistoryPage(query.stream(), "k1", oldest, HEAD, events));
    }

    private static CommittedEvent event(long offset) {
        Event event = Event.builder("" + offset, "order:made", "test")
                .data(("{\"n\":" + offset + "}").getBytes(StandardCharsets.UTF_8))
                .stream("orders")
                .owner("c-" + offset % 2)
                .publisher("p")
                .build();
        return new CommittedEvent(event, new Position("k1", offset), 0, null);
    }
}
