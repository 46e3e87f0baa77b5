package io.millrace.api.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two streams that differ only in what a customer may not see. */
@SuppressWarnings("NullAway.Init")
class HistoryRouteTest {
    private static final int OWN = 25;
    private static final byte[] SMALL = "{}".getBytes(StandardCharsets.UTF_8);
    private static final byte[] BULKY = ("{\"x\":\"" + "y".repeat(500 << 10) + "\"}").getBytes(StandardCharsets.UTF_8);

    /** By stream, oldest first: in one nothing is hidden, in the other most is, here and there or all at once. */
    private static final Map<String, List<CommittedEvent>> STREAMS = Map.of(
            "alone",
            events("alone", 0),
            "crowded",
            events("crowded", 70),
            "hidden",
            events("hidden", 30_000),
            "unseen",
            others("unseen", 2_500),
            "silent",
            List.of(),
            "bulky",
            events("bulky", 0, BULKY),
            "packed",
            events("packed", 3_000, BULKY));

    private static final Set<String> LARGE = Set.of("bulky", "packed");

    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
                """
                domain: shop
                namespaces:
                  { alone: { stream: alone }, crowded: { stream: crowded }, hidden: { stream: hidden },
                    unseen: { stream: unseen }, silent: { stream: silent },
                    bulky: { stream: bulky }, packed: { stream: packed } }
                types:
                  "a:made": { namespace: alone, owner: data.customer }
                  "c:made": { namespace: crowded, owner: data.customer }
                  "h:made": { namespace: hidden, owner: data.customer }
                  "u:made": { namespace: unseen, owner: data.customer }
                  "s:made": { namespace: silent, owner: data.customer }
                  "b:made": { namespace: bulky, owner: data.customer }
                  "p:made": { namespace: packed, owner: data.customer }
                roles: { admin: { see: ["*"] }, customer: { see: ["* own"] } }
                """);
        fixture.serve(Addresses.HISTORY, HistoryRouteTest::page);
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=1", "limit=7", "limit=25", "limit=1000", "last=1", "last=3", "last=25", "last=400"})
    void anAnswerIsTheSameWhateverIsHidden(String query) {
        JsonObject alone = read("alone", query);
        for (String other : List.of("crowded", "hidden")) {
            assertEquals(sealsOut(alone), sealsOut(read(other, query)), other);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 25})
    void pagesHaveTheUsersOwnEventsOnceAndTheirNumberDoesNotDependOnHiddenOnes(int limit) {
        for (String stream : STREAMS.keySet()) {
            if (LARGE.contains(stream)) {
                continue;
            }
            List<String> ids = new ArrayList<>();
            String after = "beginning";
            int requests = 0;
            JsonArray page;
            do {
                JsonObject answer = read(stream, "limit=" + limit + "&after=" + after);
                page = answer.getJsonArray("events");
                page.forEach(each ->
                        ids.add(((JsonObject) each).getJsonObject("data").getString("id")));
                after = answer.getString("next");
                requests++;
            } while (!page.isEmpty());
            int own = stream.equals("unseen") || stream.equals("silent") ? 0 : OWN;
            assertEquals(own, Set.copyOf(ids).size(), stream);
            assertEquals(own, ids.size(), stream);
            assertEquals((own + limit - 1) / limit + 1, requests, stream);
        }
    }

    @Test
    void whatIsHiddenAndNewChangesNeitherTheTagNorWhereToReadOn() {
        ApiResponse before = customer("crowded", "limit=1000");
        String next = before.json().getString("next");
        ApiResponse again = customer("crowded", "limit=1000&after=" + next);
        assertEquals(new JsonArray(), again.json().getJsonArray("events"));
        assertEquals(next, again.json().getString("next"));
        assertNotEquals(
                fixture.api("boss", "admin")
                        .get("/api/streams/crowded/events?limit=1")
                        .json()
                        .getString("next"),
                next);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "limit=7", "last=3", "after=beginning", "after=-:0"})
    void aStreamWithoutEventsAndOneOfWhichNothingMayBeSeenReadAlike(String query) {
        ApiResponse silent = customer("silent", query);
        ApiResponse unseen = customer("unseen", query);
        assertEquals(sealsOut(silent.json()), sealsOut(unseen.json()));
        assertEquals(silent.header("ETag"), unseen.header("ETag"));
    }

    @Test
    void whereAnEmptyPageEndsReadsOtherwiseEachTimeAndCanBeReadFrom() {
        String first = read("unseen", "").getString("next");
        String second = read("unseen", "").getString("next");
        assertNotEquals(first, second, "the same text would tell that nothing came between");
        for (String next : List.of(first, second)) {
            JsonObject after = read("unseen", "after=" + next);
            assertEquals(new JsonArray(), after.getJsonArray("events"));
            assertEquals(next, after.getString("next"));
        }
        assertEquals(
                customer("unseen", "").header("ETag"), customer("unseen", "").header("ETag"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"limit=1000", "last=1000"})
    void anAnswerIsBoundedByTheBytesOfWhatMayBeSeen(String query) {
        // 4 MiB, and the last of them may reach beyond.
        JsonArray alone = read("bulky", query).getJsonArray("events");
        assertEquals(9, alone.size());
        assertEquals(ids(alone), ids(read("packed", query).getJsonArray("events")));
    }

    @Test
    void aPositionBehindTheEndOfAStreamIsRefused() {
        String path = "/api/streams/alone/events?after=k1:";
        assertEquals(200, fixture.api("a-1", "admin").get(path + OWN).status());
        assertEquals(404, fixture.api("a-1", "admin").get(path + (OWN + 1)).status());
    }

    private static JsonObject read(String stream, String query) {
        ApiResponse answer = customer(stream, query);
        assertEquals(200, answer.status(), answer::toString);
        return answer.json();
    }

    private static ApiResponse customer(String stream, String query) {
        return fixture.api("c-1", "customer").get("/api/streams/" + stream + "/events?" + query);
    }

    /** Positions differ, but not in form; names of streams and types are the test's. */
    private static String sealsOut(JsonObject answer) {
        return answer.encode()
                .replaceAll("s\\.[A-Za-z0-9_-]{48}", "sealed")
                .replaceAll("\"[achus]:made\"", "\"made\"")
                .replaceAll("\"(alone|crowded|hidden|unseen|silent)\"", "\"stream\"");
    }

    private static Future<HistoryPage> page(HistoryQuery query) {
        List<CommittedEvent> all = STREAMS.getOrDefault(query.stream(), List.of());
        int from = query.last() ? Math.max(0, all.size() - query.limit()) : (int) Math.min(query.after(), all.size());
        List<CommittedEvent> events = all.subList(from, Math.min(all.size(), from + query.limit()));
        String epoch = all.isEmpty() ? Position.NO_EPOCH : "k1";
        return Future.succeededFuture(new HistoryPage(query.stream(), epoch, 1, all.size(), events));
    }

    private static List<String> ids(JsonArray events) {
        return events.stream()
                .map(each -> ((JsonObject) each).getJsonObject("data").getString("id"))
                .toList();
    }

    private static List<CommittedEvent> events(String stream, int hidden) {
        return events(stream, hidden, SMALL);
    }

    /** The customer's events, and before, between and behind them so many others that all in all there are {@code hidden}. */
    private static List<CommittedEvent> events(String stream, int hidden, byte[] data) {
        List<CommittedEvent> events = new ArrayList<>();
        for (int i = 0; i <= OWN; i++) {
            for (int other = i * hidden / (OWN + 1); other < (i + 1) * hidden / (OWN + 1); other++) {
                events.add(event(stream, events.size() + 1, "other-" + other, "c-2", SMALL));
            }
            if (i < OWN) {
                events.add(event(stream, events.size() + 1, "own-" + i, "c-1", data));
            }
        }
        return List.copyOf(events);
    }

    private static List<CommittedEvent> others(String stream, int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(offset -> event(stream, offset, "other-" + offset, "c-2", SMALL))
                .toList();
    }

    private static CommittedEvent event(String stream, long offset, String id, String owner, byte[] data) {
        Event event = Event.builder(id, stream.charAt(0) + ":made", "test")
                .timeMicros(1_769_851_800_000_000L)
                .data(data)
                .metadata(SMALL)
                .stream(stream)
                .owner(owner)
                .publisher("p")
                .build();
        return new CommittedEvent(event, new Position("k1", offset), 0, null);
    }
}
