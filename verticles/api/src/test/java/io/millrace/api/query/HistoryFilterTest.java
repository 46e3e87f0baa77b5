package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

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
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is found in a stream of 5,000 events by a filter, and from where on backwards. */
@SuppressWarnings("NullAway.Init")
class HistoryFilterTest {
    private static final int EVENTS = 5_000;
    /** Every hundredth event has this trace, every tenth is the customer's, and the source changes in the middle. */
    private static final String TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private static final List<CommittedEvent> STREAM =
            IntStream.rangeClosed(1, EVENTS).mapToObj(HistoryFilterTest::event).toList();

    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: shop
                namespaces: { orders: { stream: orders } }
                types: { "order:made": { namespace: orders, owner: data.who } }
                roles: { admin: { see: ["*"] }, customer: { see: ["* own"] }, stranger: { see: [] } }
                """);
        fixture.serve(Addresses.HISTORY, HistoryFilterTest::page);
        fixture.serve(
                Addresses.POSITION_AT,
                query -> Future.succeededFuture(
                        new PositionAtTime(new Position("k1", query.micros() % 1_000_000), true)));
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @Test
    void aFilterFindsTheLastEventsThatMatchByTraceSourceOrField() {
        JsonObject traced = read("admin", "last=3", "{\"metadata.traceparent\":{\"prefix\":\"00-4bf92f35\"}}");
        assertEquals(List.of("4800", "4900", "5000"), ids(traced));
        assertEquals("k1:4800", traced.getString("previous"));
        JsonObject before = read("admin", "last=2&before=k1:4800", "{\"metadata.traceparent\":\"" + TRACE + "\"}");
        assertEquals(List.of("4600", "4700"), ids(before));
        assertEquals(List.of("2499", "2500"), ids(read("admin", "last=2", "{\"source\":\"early\"}")));
        assertEquals(List.of("7"), ids(read("admin", "last=9", "{\"data.n\":7}")));
    }

    @Test
    void aFilterReadsForwardToo() {
        assertEquals(List.of("100", "200"), ids(read("admin", "limit=2", "{\"data.n\":{\"in\":[100,200,300]}}")));
        JsonObject next = read("admin", "limit=2&after=k1:200", "{\"data.n\":{\"in\":[100,200,300]}}");
        assertEquals(List.of("300"), ids(next));
        assertNull(next.getString("previous"));
    }

    @Test
    void thePageBeforeOneIsReadUntilTheBeginning() {
        List<String> ids = new ArrayList<>();
        String query = "last=700";
        for (int pages = 0; query != null; pages++) {
            assertEquals(true, pages < 9, "it ends");
            JsonObject page = read("admin", query, null);
            ids.addAll(0, ids(page));
            query = page.getString("previous") == null ? null : "last=700&before=" + page.getString("previous");
        }
        assertEquals(STREAM.stream().map(event -> event.event().id()).toList(), ids);
    }

    @Test
    void theEventsBeforeATimeAreThoseUpToItsPosition() {
        assertEquals(List.of("41", "42"), ids(read("admin", "last=2&before=2026-01-31T09:30:00.000042Z", null)));
    }

    @Test
    void aReaderOfAPartFindsNothingElseByAFilterAndGetsNoOpenPosition() {
        JsonObject own = read("customer", "last=2", "{\"source\":\"early\"}");
        assertEquals(List.of("2490", "2500"), ids(own));
        assertFalse(own.encode().contains("k1:"), own::encode);
        assertEquals(
                List.of("2470", "2480"),
                ids(read("customer", "last=2&before=" + own.getString("previous"), "{\"source\":\"early\"}")));
        JsonObject hidden = read("customer", "last=2", "{\"data.n\":7}");
        JsonObject missing = read("customer", "last=2", "{\"data.n\":-7}");
        assertEquals(List.of(), ids(hidden));
        assertEquals(missing.fieldNames(), hidden.fieldNames());
        assertEquals(403, get("stranger", "last=2", "{\"data.n\":7}").status());
    }

    @Test
    void aPositionOfAnEarlierEpochIsNoPlaceToReadBefore() {
        for (String filter : new String[] {null, "{\"data.n\":7}"}) {
            assertEquals(404, get("admin", "last=2&before=k0:9", filter).status());
        }
    }

    private static JsonObject read(String role, String query, @Nullable String filter) {
        ApiResponse answer = get(role, query, filter);
        assertEquals(200, answer.status(), answer::toString);
        return answer.json();
    }

    private static ApiResponse get(String role, String query, @Nullable String filter) {
        String given = filter == null ? "" : "&filter=" + URLEncoder.encode(filter, StandardCharsets.UTF_8);
        return fixture.api("c-1", role).get("/api/streams/orders/events?" + query + given);
    }

    private static List<String> ids(JsonObject page) {
        return page.getJsonArray("events").stream()
                .map(event -> ((JsonObject) event).getJsonObject("data").getString("id"))
                .toList();
    }

    private static Future<HistoryPage> page(HistoryQuery query) {
        int from = query.last() ? EVENTS - query.limit() : (int) query.after();
        List<CommittedEvent> events = STREAM.subList(from, Math.min(EVENTS, from + query.limit()));
        return Future.succeededFuture(new HistoryPage(query.stream(), "k1", 1, EVENTS, events));
    }

    private static CommittedEvent event(int offset) {
        Event event = Event.builder("" + offset, "order:made", offset <= EVENTS / 2 ? "early" : "late")
                .data(("{\"n\":" + offset + "}").getBytes(StandardCharsets.UTF_8))
                .metadata((offset % 100 == 0 ? "{\"traceparent\":\"" + TRACE + "\"}" : "{}")
                        .getBytes(StandardCharsets.UTF_8))
                .stream("orders")
                .owner(offset % 10 == 0 ? "c-1" : "c-2")
                .build();
        return new CommittedEvent(event, new Position("k1", offset), 0, null);
    }
}
