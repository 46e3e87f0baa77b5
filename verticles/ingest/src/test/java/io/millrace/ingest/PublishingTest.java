package io.millrace.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.EventPublishing;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What clients publish over their connections, with a router that commits everything but what it is told to refuse. */
@Timeout(20)
class PublishingTest {
    private static final int RATE = 10;
    private static final int MAX_BODY = 1 << 17;
    private static final JsonObject CLAIMS = new JsonObject().put("rooms", new JsonArray().add("42"));

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    private final List<Event> routed = new CopyOnWriteArrayList<>();

    @BeforeEach
    void start() throws Exception {
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces:
                  notes: { stream: notes }
                  rooms: { stream: "room:{data.room}", access: { claim: rooms } }
                types:
                  "note:written":
                    namespace: notes
                    schema: { type: object, properties: { text: { type: string } } }
                  "note:burned": { namespace: notes }
                  "note:filed": { namespace: notes, owner: data.by, entity: { kind: file, id: data.file, apply: merge } }
                  "room:said": { namespace: rooms }
                roles:
                  editor: { see: ["*"], publish: ["*"], priority: high }
                  reader: { see: ["*"] }
                  writer: { see: ["note:written"], publish: ["note:*"] }
                  owner: { see: ["note:* own"], publish: ["note:*"] }
                """);
        done(bus.serve(Addresses.ROUTE, batch -> {
            routed.addAll(batch.events());
            return Future.succeededFuture(new Outcomes(
                    batch.events().stream().map(PublishingTest::outcome).toList()));
        }));
        Settings settings =
                Settings.load(null, Map.of(), Map.of("ingest.publisher.rate", "" + RATE, "ingest.batch.max", "3"));
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        NodeContext node =
                new NodeContext(vertx, bus, domains, tokens, new SimpleMeterRegistry(), new Health(), MAX_BODY);
        Deployable ingest = new IngestStage(node, IngestSettings.from(settings)).verticle();
        done(vertx.deployVerticle(Objects.requireNonNull(ingest)));
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    private static Outcome outcome(Event event) {
        return switch (event.id()) {
            case "used" -> Outcome.failed(event.id(), Failure.ID_CONFLICT, "another event has that id");
            case "stale" -> Outcome.conflict(event.id(), "the file f-1 is at version 7, not 3", 7);
            case "later" -> Outcome.failed(event.id(), Failure.UNAVAILABLE, "not now");
            case "again" -> Outcome.duplicate(event, new Position("k", 3));
            default -> Outcome.committed(event, new Position("k", 7));
        };
    }

    @Test
    void anEventIsCompletedFromItsPublisherAndAnsweredWithItsPosition() throws Exception {
        Outcome outcome = publish(
                "u-1",
                "editor",
                "{'type':'note:written','id':'n-1','data':{ 'text':'a' },'metadata':{'priority':'high'}}");
        assertEquals(
                new Outcome(
                        Status.COMMITTED,
                        "n-1",
                        "notes",
                        new Position("k", 7),
                        null,
                        null,
                        Event.ANY_VERSION,
                        List.of()),
                outcome);
        Event event = routed.get(0);
        assertEquals(
                List.of("u-1", "u-1", Priority.HIGH), List.of(event.publisher(), event.source(), event.priority()));
        assertEquals("{ \"text\":\"a\" }", new String(event.data(), StandardCharsets.UTF_8));
        assertEquals(
                Status.DUPLICATE,
                publish("u-1", "editor", "{'type':'note:burned','id':'again','data':{}}")
                        .status());
    }

    @Test
    void aPublisherThatSeesOnlyAPartGetsNoPosition() throws Exception {
        Outcome outcome = publish("u-1", "writer", "{'type':'note:written','id':'n-1','data':{}}");
        assertEquals(
                new Outcome(Status.COMMITTED, "n-1", "notes", null, null, null, Event.ANY_VERSION, List.of()), outcome);
        assertNull(publish("u-1", "writer", "{'type':'note:written','id':'again','data':{}}")
                .position());
    }

    @ParameterizedTest
    @CsvSource({"editor, u-9, true", "owner, u-1, true", "owner, u-9, false", "writer, u-1, false"})
    void aPublisherThatDoesNotSeeAnEntityGetsNoVersion(String role, String by, boolean told) throws Exception {
        MillraceException refused = refused(
                Failure.VERSION_CONFLICT,
                "u-1",
                role,
                "{'type':'note:filed','id':'stale','data':{'file':'f-1','by':'" + by
                        + "'},'metadata':{'expectedVersion':3}}");
        assertEquals(told, refused.getMessage().contains("7"), refused::getMessage);
    }

    @Test
    void whatTheTokenOpensIsKnownHereToo() throws Exception {
        assertEquals(
                Status.COMMITTED,
                publish("u-1", "editor", "{'type':'room:said','data':{'room':'42'}}")
                        .status());
        refused(Failure.PERMISSION_DENIED, "u-1", "editor", "{'type':'room:said','data':{'room':'43'}}");
    }

    @Test
    void whatIsNotAllowedOrWrongIsRefusedAsOverHttp() throws Exception {
        String good = "{'type':'note:burned','data':{}}";
        refused(Failure.UNAUTHENTICATED, null, "editor", good);
        refused(Failure.PERMISSION_DENIED, "u-1", "reader", good);
        refused(Failure.PERMISSION_DENIED, "u-1", "editor", "{'type':'note:burned','source':'u-2','data':{}}");
        refused(
                Failure.PERMISSION_DENIED,
                "u-1",
                "editor",
                "{'type':'note:burned','data':{},'metadata':{'priority':'critical'}}");
        refused(Failure.UNKNOWN_TYPE, "u-2", "editor", "{'type':'note:eaten','data':{}}");
        refused(Failure.BAD_MESSAGE, "u-2", "editor", "[" + good + "]");
        refused(Failure.BAD_MESSAGE, "u-2", "editor", "");
        MillraceException schema =
                refused(Failure.INVALID_EVENT, "u-2", "editor", "{'type':'note:written','data':{'text':1}}");
        assertTrue(schema.getMessage().contains("/data/text"), schema::getMessage);
        assertEquals("/data/text", schema.details().get(0).pointer());
        assertEquals(List.of(), routed);
        refused(Failure.ID_CONFLICT, "u-2", "editor", "{'type':'note:burned','id':'used','data':{}}");
    }

    @Test
    void severalEventsKeepTheirOrderAndABadOneIsRefusedAloneWithAllItsMistakes() throws Exception {
        List<Outcome> outcomes = done(requestAll(
                "u-1",
                "editor",
                "{'type':'note:burned','id':'1','data':{}}",
                "{'type':'note:written','id':'2','data':{'text':1}}",
                "not JSON",
                "{'type':'note:filed','id':'stale','data':{'file':'f-1','by':'u-1'},'metadata':{'expectedVersion':3}}",
                "{'type':'note:burned','id':'again','data':{}}",
                "{'type':'note:burned','id':'6','data':{}}"));
        assertEquals(
                List.of("1", "stale", "again", "6"),
                routed.stream().map(Event::id).toList());
        assertEquals(
                List.of("1", "2", "", "stale", "again", "6"),
                outcomes.stream().map(Outcome::id).toList());
        assertEquals(
                Arrays.asList(null, Failure.INVALID_EVENT, Failure.BAD_MESSAGE, Failure.VERSION_CONFLICT, null, null),
                outcomes.stream().map(Outcome::failure).toList());
        assertEquals(
                List.of("/data/text"),
                outcomes.get(1).details().stream().map(Detail::pointer).toList());
        assertEquals(7, outcomes.get(3).version());
        assertEquals(Status.DUPLICATE, outcomes.get(4).status());
        assertEquals(List.of(), done(requestAll("u-1", "editor")));
    }

    @Test
    void anEventOfAnotherPriorityDoesNotOvertakeTheOneBeforeIt() throws Exception {
        String[] events = Stream.of("a high", "b low", "c low", "later high", "d low")
                .map(each -> each.split(" "))
                .map(each -> "{'type':'note:burned','id':'" + each[0] + "','data':{},'metadata':{'priority':'" + each[1]
                        + "'}}")
                .toArray(String[]::new);
        List<Outcome> outcomes = done(requestAll("u-1", "editor", events));
        assertEquals(
                List.of("a", "b", "c", "later"), routed.stream().map(Event::id).toList());
        assertEquals(Failure.UNAVAILABLE, outcomes.get(4).failure(), "not sent");
    }

    @Test
    void noEventOvertakesOneThatHasToBeSentAgain() throws Exception {
        String[] events = Stream.of("1", "later", "3", "4", "5")
                .map(id -> "{'type':'note:burned','id':'" + id + "','data':{}}")
                .toArray(String[]::new);
        List<Outcome> outcomes = done(requestAll("u-1", "editor", events));
        assertEquals(
                List.of("1", "later", "3"), routed.stream().map(Event::id).toList(), "a part of three, as they came");
        assertEquals(Failure.UNAVAILABLE, outcomes.get(3).failure());
        assertEquals(
                "an event before it has to be sent again: not now",
                outcomes.get(4).message());
    }

    @Test
    void asManyEventsAsOneMessageMayHaveMayChangeTheirPathsEachTime() throws Exception {
        String[] events = IntStream.range(0, PublishRequest.MAX_EVENTS)
                .mapToObj(i -> "{'type':'note:burned','id':'" + i + "','data':{},'metadata':{'priority':'"
                        + (i % 2 == 0 ? "high" : "low") + "'}}")
                .toArray(String[]::new);
        done(requestAll("u-1", "editor", events));
        assertEquals(
                IntStream.range(0, events.length).mapToObj(Integer::toString).toList(),
                routed.stream().map(Event::id).toList());
    }

    @Test
    void aListHasBounds() throws Exception {
        String padded = "{'type':'note:burned','data':{}" + " ".repeat(MAX_BODY / 4) + "}";
        String[] tooMany =
                Stream.generate(() -> "{}").limit(PublishRequest.MAX_EVENTS + 1).toArray(String[]::new);
        String[] most = Arrays.copyOf(tooMany, PublishRequest.MAX_EVENTS);
        assertEquals(most.length, done(requestAll("u-1", "editor", most)).size());
        assertEquals(
                3, done(requestAll("u-2", "editor", padded, padded, padded)).size());
        routed.clear();
        for (String[] refused : List.of(tooMany, new String[] {padded, padded, padded, padded})) {
            Future<List<Outcome>> answer = requestAll("u-3", "editor", refused);
            assertThrows(ExecutionException.class, () -> done(answer));
            assertEquals(Failure.TOO_LARGE, MillraceException.of(answer.cause()).failure());
        }
        assertEquals(List.of(), routed);
    }

    @Test
    void onePublisherHasARateAndAnotherHasTheirOwn() throws Exception {
        String event = "{'type':'note:burned','data':{}}";
        List<Future<Outcome>> all = Stream.generate(() -> request("u-1", "editor", event))
                .limit(20L * RATE)
                .toList();
        assertThrows(ExecutionException.class, () -> done(Future.join(all)));
        List<Future<Outcome>> refused = all.stream().filter(Future::failed).toList();
        assertTrue(refused.size() <= 19 * RATE, () -> refused.size() + " refused");
        for (Future<Outcome> each : refused) {
            assertEquals(
                    Failure.RATE_LIMITED, MillraceException.of(each.cause()).failure());
        }
        assertEquals(Status.COMMITTED, publish("u-2", "editor", event).status());
    }

    private MillraceException refused(Failure failure, @Nullable String user, String role, String event)
            throws Exception {
        try {
            throw new AssertionError("taken: " + publish(user, role, event));
        } catch (ExecutionException refused) {
            MillraceException known = assertInstanceOf(MillraceException.class, refused.getCause());
            assertEquals(failure, known.failure(), known::getMessage);
            return known;
        }
    }

    private Outcome publish(@Nullable String user, String role, String event) throws Exception {
        return done(request(user, role, event));
    }

    private Future<Outcome> request(@Nullable String user, String role, String event) {
        return EventPublishing.publish(bus, principal(user, role), bytes(event));
    }

    private Future<List<Outcome>> requestAll(String user, String role, String... events) {
        return EventPublishing.publish(
                bus,
                principal(user, role),
                Stream.of(events).map(PublishingTest::bytes).toList());
    }

    private static Principal principal(@Nullable String user, String role) {
        return user == null ? Principal.PUBLIC : new Principal(user, Set.of(role), CLAIMS, Long.MAX_VALUE);
    }

    private static byte[] bytes(String event) {
        return event.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(15, TimeUnit.SECONDS);
    }
}
