package io.millrace.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Audience;
import io.millrace.contracts.Event;
import io.millrace.contracts.Journey;
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.Journeys;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Bus;
import io.millrace.platform.Tokens;
import io.millrace.testkit.Answer;
import io.millrace.testkit.Api;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who is told what of an event's way, and how that reads. */
@SuppressWarnings("NullAway.Init")
class JourneyRouteTest {
    private static final Vertx VERTX = Vertx.vertx();
    private static final long AT = Instant.parse("2026-01-31T09:30:00Z").getEpochSecond() * 1_000_000;
    private static Tokens tokens;
    private static URI uri;

    @BeforeAll
    static void start() throws Exception {
        Domains domains = Domains.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  orders: { stream: orders }
                  rooms: { stream: "room:{data.room}", access: { claim: rooms } }
                types:
                  "order:created": { namespace: orders, owner: data.who }
                  "room:said": { namespace: rooms }
                roles:
                  admin: { see: ["*"] }
                  customer: { see: ["order:* own"] }
                """);
        Bus bus = new Bus(VERTX, Duration.ofSeconds(5));
        tokens = new Tokens(VERTX, new byte[32], Clock.systemUTC());
        await(bus.serve(Addresses.JOURNEY, query -> Future.succeededFuture(new Journeys(journeys(query)))));
        Router router = Router.router(VERTX);
        router.get("/api/events/:id/journey").handler(new JourneyRoute(domains, tokens, bus)::answer);
        uri = URI.create("http://127.0.0.1:"
                + await(VERTX.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
                        .actualPort());
    }

    @AfterAll
    static void stop() throws Exception {
        await(VERTX.close());
    }

    private static List<Journey> journeys(JourneyQuery query) {
        return switch (query.id()) {
            case "queued" -> List.of(committed("shop", Passage.queued(2, AT + 1_000_001), null));
            case "old" -> List.of(committed("shop", null, null));
            case "narrowed" ->
                List.of(committed("shop", Passage.DIRECT, new Audience(Set.of(), Set.of("u-9"), Set.of())));
            case "late" ->
                List.of(new Journey(
                        event("late", "order:created", "shop", "orders", null, AT), null, null, 0, "router", AT + 5));
            case "said" ->
                List.of(new Journey(
                        event("said", "room:said", "shop", "room:42", null, AT),
                        Passage.DIRECT,
                        new Position("k", 1),
                        0,
                        null,
                        AT));
            case "twice" -> {
                List<Journey> both =
                        List.of(committed("shop", Passage.DIRECT, null), committed("till", Passage.DIRECT, null));
                yield both.stream()
                        .filter(one ->
                                query.source() == null || one.event().source().equals(query.source()))
                        .toList();
            }
            default -> List.of();
        };
    }

    @Test
    void whoSeesTheWholeStreamIsToldEverything() {
        Answer answer = api("u-1", "admin").get("/api/events/queued/journey");
        assertEquals(200, answer.status(), answer::toString);
        assertEquals(
                "{\"id\":\"queued\",\"source\":\"shop\",\"type\":\"order:created\",\"stream\":\"orders\","
                        + "\"priority\":\"normal\",\"publisher\":\"p\",\"status\":\"committed\",\"path\":\"queue\","
                        + "\"attempts\":2,\"stages\":["
                        + "{\"stage\":\"ingest\",\"outcome\":\"accepted\",\"at\":\"2026-01-31T09:30:00Z\"},"
                        + "{\"stage\":\"queue\",\"outcome\":\"taken\",\"at\":\"2026-01-31T09:30:01.000001Z\"},"
                        + "{\"stage\":\"persistence\",\"outcome\":\"committed\",\"at\":\"2026-01-31T09:30:02Z\","
                        + "\"position\":\"k:7\",\"entityVersion\":3}]}",
                answer.body());
    }

    @Test
    void anOwnerIsToldWithoutThePositionAndOthersAsIfThereWereNone() {
        Answer own = api("c-4", "customer").get("/api/events/queued/journey");
        assertEquals(200, own.status(), own::toString);
        assertEquals(null, own.json().getJsonArray("stages").getJsonObject(2).getString("position"));
        Answer others = api("c-5", "customer").get("/api/events/queued/journey");
        Answer none = api("c-5", "customer").get("/api/events/none/journey");
        assertEquals(404, others.status());
        assertEquals(none.body(), others.body().replace("queued", "none"));
        assertEquals(404, new Api(uri, null).get("/api/events/queued/journey").status());
    }

    @Test
    void anAudienceAndAStreamThatTheTokenMustListAreRespected() {
        assertEquals(
                404, api("u-1", "admin").get("/api/events/narrowed/journey").status());
        assertEquals(
                200, api("u-9", "admin").get("/api/events/narrowed/journey").status());
        assertEquals(404, api("u-1", "admin").get("/api/events/said/journey").status());
    }

    @Test
    void whatWasDroppedSaysWhereAndWhen() {
        Answer answer = api("u-1", "admin").get("/api/events/late/journey");
        assertEquals("expired", answer.json().getString("status"));
        assertEquals(
                "[{\"stage\":\"ingest\",\"outcome\":\"accepted\",\"at\":\"2026-01-31T09:30:00Z\"},"
                        + "{\"stage\":\"router\",\"outcome\":\"expired\",\"at\":\"2026-01-31T09:30:00.000005Z\"}]",
                answer.json().getJsonArray("stages").encode());
    }

    @Test
    void anEventFromBeforeJourneysTellsWhereItStands() {
        Answer answer = api("u-1", "admin").get("/api/events/old/journey");
        assertEquals(1, answer.json().getJsonArray("stages").size(), answer::toString);
    }

    @Test
    void anIdOfTwoSourcesNeedsTheSource() {
        assertEquals(400, api("u-1", "admin").get("/api/events/twice/journey").status());
        Answer one = api("u-1", "admin").get("/api/events/twice/journey?source=till");
        assertEquals("till", one.json().getString("source"));
    }

    private static Journey committed(String source, @Nullable Passage passage, @Nullable Audience target) {
        Event event = event("queued", "order:created", source, "orders", target, passage == null ? 0 : AT);
        return new Journey(event, passage, new Position("k", 7), 3, null, AT + 2_000_000);
    }

    private static Event event(
            String id, String type, String source, String stream, @Nullable Audience target, long acceptedAt) {
        byte[] nothing = "{}".getBytes(StandardCharsets.UTF_8);
        return new Event(
                id,
                type,
                source,
                0,
                Priority.NORMAL,
                nothing,
                nothing,
                0,
                Event.ANY_VERSION,
                target,
                null,
                stream,
                "c-4",
                null,
                "p",
                acceptedAt);
    }

    private static Api api(String user, String role) {
        return new Api(uri, tokens.issue(user, Set.of(role), Duration.ofMinutes(5)));
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
