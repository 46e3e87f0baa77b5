package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.Event;
import io.millrace.contracts.HistoryPage;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Bus;
import io.millrace.platform.Health;
import io.millrace.platform.Node;
import io.millrace.platform.Tokens;
import io.millrace.testkit.Answer;
import io.millrace.testkit.Api;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two streams that differ only in what a customer may not see. */
@SuppressWarnings("NullAway.Init")
class HistoryRouteTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final int OWN = 25;

    /** By stream, oldest first: in one nothing is hidden, in the other most is, here and there or all at once. */
    private static final Map<String, List<Committed>> STREAMS =
            Map.of("alone", events("alone", 0), "crowded", events("crowded", 70), "hidden", events("hidden", 1_500));

    private static Tokens tokens;
    private static URI uri;

    @BeforeAll
    static void start() throws Exception {
        Domains domains = Domains.parse(
                "shop.yaml",
                """
                domain: shop
                namespaces: { alone: { stream: alone }, crowded: { stream: crowded }, hidden: { stream: hidden } }
                types:
                  "a:made": { namespace: alone, owner: data.customer }
                  "c:made": { namespace: crowded, owner: data.customer }
                  "h:made": { namespace: hidden, owner: data.customer }
                roles: { admin: { see: ["*"] }, customer: { see: ["* own"] } }
                """);
        Bus bus = new Bus(VERTX, Duration.ofSeconds(5));
        tokens = new Tokens(VERTX, new byte[32], Clock.systemUTC());
        await(bus.serve(Addresses.HISTORY, HistoryRouteTest::page));
        Node node = new Node(VERTX, bus, domains, tokens, new SimpleMeterRegistry(), new Health(), 4_096);
        Router router = Router.router(VERTX);
        router.get("/api/streams/:stream/events")
                .handler(new HistoryRoute(node, new ApiSettings(1_000, 1_000, 500))::answer);
        uri = URI.create("http://127.0.0.1:"
                + await(VERTX.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
                        .actualPort());
    }

    @AfterAll
    static void stop() throws Exception {
        await(VERTX.close());
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
    void whoReadsPageByPageGetsTheirOwnEventsOnceAndNeedsAsManyRequestsWhateverIsHidden(int limit) {
        for (String stream : STREAMS.keySet()) {
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
            assertEquals(OWN, Set.copyOf(ids).size(), stream);
            assertEquals(OWN, ids.size(), stream);
            assertEquals((OWN + limit - 1) / limit + 1, requests, stream);
        }
    }

    @Test
    void whatIsHiddenAndNewChangesNeitherTheTagNorWhereToReadOn() {
        Answer before = customer("crowded", "limit=1000");
        String next = before.json().getString("next");
        Answer again = customer("crowded", "limit=1000&after=" + next);
        assertEquals(new JsonArray(), again.json().getJsonArray("events"));
        assertEquals(next, again.json().getString("next"));
        assertNotEquals(
                new Api(uri, token("boss", "admin"))
                        .get("/api/streams/crowded/events?limit=1")
                        .json()
                        .getString("next"),
                next);
    }

    private static JsonObject read(String stream, String query) {
        Answer answer = customer(stream, query);
        assertEquals(200, answer.status(), answer::toString);
        return answer.json();
    }

    private static Answer customer(String stream, String query) {
        return new Api(uri, token("c-1", "customer")).get("/api/streams/" + stream + "/events?" + query);
    }

    private static String token(String user, String role) {
        return tokens.issue(user, Set.of(role), Duration.ofMinutes(5));
    }

    /** Positions differ, but not in form; names of streams and types are the test's. */
    private static String sealsOut(JsonObject answer) {
        return answer.encode()
                .replaceAll("s\\.[A-Za-z0-9_-]{22}", "sealed")
                .replaceAll("\"[ach]:made\"", "\"made\"")
                .replaceAll("\"(alone|crowded|hidden)\"", "\"stream\"");
    }

    private static Future<HistoryPage> page(HistoryQuery query) {
        List<Committed> all = STREAMS.getOrDefault(query.stream(), List.of());
        int from = query.last() ? Math.max(0, all.size() - query.limit()) : (int) query.after();
        List<Committed> events = all.subList(from, Math.min(all.size(), from + query.limit()));
        return Future.succeededFuture(new HistoryPage(query.stream(), "k1", 1, all.size(), events));
    }

    /** The customer's events, and before, between and behind them so many others that all in all there are {@code hidden}. */
    private static List<Committed> events(String stream, int hidden) {
        List<Committed> events = new ArrayList<>();
        for (int i = 0; i <= OWN; i++) {
            for (int other = i * hidden / (OWN + 1); other < (i + 1) * hidden / (OWN + 1); other++) {
                events.add(event(stream, events.size() + 1, "other-" + other, "c-2"));
            }
            if (i < OWN) {
                events.add(event(stream, events.size() + 1, "own-" + i, "c-1"));
            }
        }
        return List.copyOf(events);
    }

    private static Committed event(String stream, long offset, String id, String owner) {
        byte[] data = "{}".getBytes(StandardCharsets.UTF_8);
        Event event = new Event(
                id,
                stream.charAt(0) + ":made",
                "test",
                1_769_851_800_000_000L,
                Priority.NORMAL,
                data,
                data,
                0,
                Event.ANY_VERSION,
                null,
                null,
                stream,
                owner,
                null,
                "p",
                0);
        return new Committed(event, new Position("k1", offset), 0, null);
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
}
