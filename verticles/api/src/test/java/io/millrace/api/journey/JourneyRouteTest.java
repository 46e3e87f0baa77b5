package io.millrace.api.journey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.api.ApiFixture;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Recipients;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Deliveries;
import io.millrace.contracts.journey.Deliveries.Delivery;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.journey.Journeys;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who is told what of an event's way, and how that reads. */
@SuppressWarnings("NullAway.Init")
class JourneyRouteTest {
    private static final long AT = Instant.parse("2026-01-31T09:30:00Z").getEpochSecond() * 1_000_000;
    private static ApiFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new ApiFixture(
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
                  operator: { see: ["*"], manage: ["connections"] }
                  customer: { see: ["order:* own"] }
                """);
        fixture.serve(
                Addresses.JOURNEY,
                query -> query.id().equals("away")
                        ? Future.failedFuture(new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away"))
                        : Future.succeededFuture(new Journeys(journeys(query))));
        fixture.serve(Addresses.DELIVERY, query -> Future.succeededFuture(deliveries(query)));
        fixture.serve(Addresses.QUEUE_SEARCH, query -> Future.succeededFuture(new Journeys(waiting(query))));
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    private static List<Journey> journeys(JourneyQuery query) {
        return switch (query.id()) {
            case "queued" -> List.of(committed("shop", CommitPath.queued(2, AT + 1_000_001), null));
            case "old" -> List.of(committed("shop", null, null));
            case "narrowed" ->
                List.of(committed("shop", CommitPath.DIRECT, new Recipients(Set.of(), Set.of("u-9"), Set.of())));
            case "late" ->
                List.of(new Journey(
                        event("late", "order:created", "shop", "orders", null, AT),
                        null,
                        null,
                        0,
                        "router",
                        AT + 5,
                        List.of()));
            case "said" ->
                List.of(new Journey(
                        event("said", "room:said", "shop", "room:42", null, AT),
                        CommitPath.DIRECT,
                        new Position("k", 1),
                        0,
                        null,
                        AT,
                        List.of()));
            case "redriven", "lost" -> List.of(onItsWay(query.id(), dead(), redriven()));
            case "discarded" ->
                List.of(onItsWay("discarded", dead(), new Stop(Happened.DISCARDED, AT + 7, 5, null, null, "op")));
            case "twice" -> {
                List<Journey> both =
                        List.of(committed("shop", CommitPath.DIRECT, null), committed("till", CommitPath.DIRECT, null));
                yield both.stream()
                        .filter(one ->
                                query.source() == null || one.event().source().equals(query.source()))
                        .toList();
            }
            default -> List.of();
        };
    }

    private static List<Journey> waiting(JourneyQuery query) {
        return switch (query.id()) {
            case "waits", "away", "redriven" ->
                List.of(onItsWay(query.id(), new Stop(Happened.QUEUED, AT + 9, 0, null, null, null)));
            default -> List.of();
        };
    }

    /** u-1 and c-4 have a connection each, of their own name. */
    private static Deliveries deliveries(DeliveryQuery query) {
        return new Deliveries(Stream.of("u-1", "c-4")
                .filter(user -> query.user() == null || query.user().equals(user))
                .filter(user -> query.connection() == null || query.connection().equals("of-" + user))
                .map(user -> new Delivery(
                        "of-" + user,
                        "node-1",
                        user.equals("c-4") ? DeliveryStatus.DELIVERED : DeliveryStatus.FILTERED,
                        query.position().offset()))
                .toList());
    }

    private static Stop dead() {
        return new Stop(Happened.DEAD, AT + 5, 5, "version_conflict", "why", null);
    }

    private static Stop redriven() {
        return new Stop(Happened.REDRIVEN, AT + 7, 5, null, null, "op");
    }

    private static Journey onItsWay(String id, Stop... stops) {
        return new Journey(
                event(id, "order:created", "shop", "orders", null, AT), null, null, 0, null, 0, List.of(stops));
    }

    @Test
    void whatIsNotCommittedYetIsWhereTheQueueSaysEvenWithoutPostgres() {
        for (String id : List.of("waits", "away")) {
            ApiResponse answer = api("u-1", "admin").get("/api/events/" + id + "/journey");
            assertEquals("queued", answer.json().getString("status"), answer::toString);
            assertEquals(List.of("accepted", "queued"), outcomes(answer));
        }
    }

    @Test
    void aDeadLetterHasItsReasonAndTheOperatorsCommands() {
        ApiResponse discarded = api("u-1", "admin").get("/api/events/discarded/journey");
        assertEquals("discarded", discarded.json().getString("status"));
        assertEquals(
                "[{\"stage\":\"ingest\",\"outcome\":\"accepted\",\"at\":\"2026-01-31T09:30:00Z\"},"
                        + "{\"stage\":\"queue\",\"outcome\":\"dead\",\"at\":\"2026-01-31T09:30:00.000005Z\","
                        + "\"attempts\":5,\"code\":\"version_conflict\",\"detail\":\"why\"},"
                        + "{\"stage\":\"queue\",\"outcome\":\"discarded\",\"at\":\"2026-01-31T09:30:00.000007Z\","
                        + "\"by\":\"op\"}]",
                discarded.json().getJsonArray("stages").encode());
        ApiResponse own = api("c-4", "customer").get("/api/events/discarded/journey");
        assertEquals(null, own.json().getJsonArray("stages").getJsonObject(2).getString("by"));
    }

    @Test
    void aRedrivenEventWaitsAgain() {
        ApiResponse redriven = api("u-1", "admin").get("/api/events/redriven/journey");
        assertEquals("queued", redriven.json().getString("status"));
        assertEquals(List.of("accepted", "dead", "redriven", "queued"), outcomes(redriven));
        ApiResponse lost = api("u-1", "admin").get("/api/events/lost/journey");
        assertEquals(List.of("accepted", "dead", "redriven"), outcomes(lost));
    }

    private static List<String> outcomes(ApiResponse answer) {
        return answer.json().getJsonArray("stages").stream()
                .map(stage -> ((JsonObject) stage).getString("outcome"))
                .toList();
    }

    @Test
    void thePublisherIsShownToOperatorsAndToThatPublisherAlone() {
        assertEquals(
                "p", api("p", "admin").get("/api/events/queued/journey").json().getString("publisher"));
        assertEquals(
                "p",
                api("o-1", "operator").get("/api/events/queued/journey").json().getString("publisher"));
        assertFalse(api("u-1", "admin").get("/api/events/queued/journey").json().containsKey("publisher"));
    }

    @Test
    void aClientThatSeesTheWholeStreamGetsEverythingButThePublisher() {
        ApiResponse answer = api("u-1", "admin").get("/api/events/queued/journey");
        assertEquals(200, answer.status(), answer::toString);
        assertEquals(
                "{\"id\":\"queued\",\"source\":\"shop\",\"type\":\"order:created\",\"stream\":\"orders\","
                        + "\"priority\":\"normal\",\"status\":\"committed\",\"path\":\"queue\","
                        + "\"attempts\":2,\"stages\":["
                        + "{\"stage\":\"ingest\",\"outcome\":\"accepted\",\"at\":\"2026-01-31T09:30:00Z\"},"
                        + "{\"stage\":\"queue\",\"outcome\":\"taken\",\"at\":\"2026-01-31T09:30:01.000001Z\"},"
                        + "{\"stage\":\"persistence\",\"outcome\":\"committed\",\"at\":\"2026-01-31T09:30:02Z\","
                        + "\"position\":\"k:7\",\"entityVersion\":3}]}",
                answer.body());
    }

    @Test
    void anOwnerGetsTheJourneyWithoutThePositionAndOthersGetA404() {
        ApiResponse own = api("c-4", "customer").get("/api/events/queued/journey");
        assertEquals(200, own.status(), own::toString);
        assertEquals(null, own.json().getJsonArray("stages").getJsonObject(2).getString("position"));
        ApiResponse others = api("c-5", "customer").get("/api/events/queued/journey");
        ApiResponse none = api("c-5", "customer").get("/api/events/none/journey");
        assertEquals(404, others.status());
        assertEquals(none.body(), others.body().replace("queued", "none"));
        assertEquals(404, fixture.anonymous().get("/api/events/queued/journey").status());
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
        ApiResponse answer = api("u-1", "admin").get("/api/events/late/journey");
        assertEquals("expired", answer.json().getString("status"));
        assertEquals(
                "[{\"stage\":\"ingest\",\"outcome\":\"accepted\",\"at\":\"2026-01-31T09:30:00Z\"},"
                        + "{\"stage\":\"router\",\"outcome\":\"expired\",\"at\":\"2026-01-31T09:30:00.000005Z\"}]",
                answer.json().getJsonArray("stages").encode());
    }

    @Test
    void anEventFromBeforeJourneysHasItsPosition() {
        ApiResponse answer = api("u-1", "admin").get("/api/events/old/journey");
        assertEquals(1, answer.json().getJsonArray("stages").size(), answer::toString);
    }

    @Test
    void deliveriesAreShownToTheUserItselfAndToOperators() {
        String delivered =
                "{\"connection\":\"of-c-4\",%s\"outcome\":\"delivered\",\"at\":\"1970-01-01T00:00:00.000007Z\"}";
        String filtered =
                "{\"connection\":\"of-u-1\",%s\"outcome\":\"filtered\",\"at\":\"1970-01-01T00:00:00.000007Z\"}";
        String node = "\"node\":\"node-1\",";
        assertEquals(delivered.formatted(""), delivery("c-4", "customer", "user=c-4"));
        assertEquals(delivered.formatted(""), delivery("c-4", "customer", "connection=of-c-4"));
        assertEquals("", delivery("c-4", "customer", "connection=of-u-1"));
        assertEquals(filtered.formatted(""), delivery("u-1", "admin", "user=u-1"));
        assertEquals(delivered.formatted(node), delivery("op", "operator", "user=c-4"));
        assertEquals(filtered.formatted(node), delivery("op", "operator", "connection=of-u-1"));
        assertEquals("", delivery("op", "operator", "user=c-4&connection=of-u-1"));
        ApiResponse other = api("u-1", "admin").get("/api/events/queued/journey?user=c-4");
        assertEquals(403, other.status(), other::toString);
    }

    @Test
    void anUncommittedEventHasNoDeliveriesAndTheyAreShownOnlyOnRequest() {
        ApiResponse waits = api("op", "operator").get("/api/events/waits/journey?user=c-4");
        assertEquals(0, waits.json().getJsonArray("delivery").size(), waits::toString);
        ApiResponse plain = api("op", "operator").get("/api/events/queued/journey");
        assertEquals(null, plain.json().getJsonArray("delivery"));
    }

    private static String delivery(String user, String role, String about) {
        ApiResponse answer = api(user, role).get("/api/events/queued/journey?" + about);
        assertEquals(200, answer.status(), answer::toString);
        String json = answer.json().getJsonArray("delivery").encode();
        return json.substring(1, json.length() - 1);
    }

    @Test
    void anIdOfTwoSourcesNeedsTheSource() {
        assertEquals(400, api("u-1", "admin").get("/api/events/twice/journey").status());
        ApiResponse one = api("u-1", "admin").get("/api/events/twice/journey?source=till");
        assertEquals("till", one.json().getString("source"));
    }

    private static Journey committed(String source, @Nullable CommitPath path, @Nullable Recipients target) {
        Event event = event("queued", "order:created", source, "orders", target, path == null ? 0 : AT);
        return new Journey(event, path, new Position("k", 7), 3, null, AT + 2_000_000, List.of());
    }

    private static Event event(
            String id, String type, String source, String stream, @Nullable Recipients target, long acceptedAt) {
        return Event.builder(id, type, source).target(target).stream(stream)
                .owner("c-4")
                .publisher("p")
                .acceptedAtMicros(acceptedAt)
                .build();
    }

    private static ApiClient api(String user, String role) {
        return fixture.api(user, role);
    }
}
