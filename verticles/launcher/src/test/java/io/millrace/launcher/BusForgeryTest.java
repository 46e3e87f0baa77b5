package io.millrace.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who reaches the bus port, or even joins the cluster, and hasn't the signing key, can publish nothing in anybody's name. */
@SuppressWarnings("NullAway.Init")
class BusForgeryTest {
    private static final byte[] SECRET = BusFrames.bytes("a signing key of the tests' own, long enough");
    private static final byte[] OTHER_SECRET = BusFrames.bytes("a signing key that no node of the cluster has");
    private static final int PUBLISH = 0;

    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static final List<Event> ROUTED = new CopyOnWriteArrayList<>();

    private static Vertx vertx;
    private static Vertx secondVertx;
    private static Vertx strangerVertx;
    private static Bus second;
    private static byte[] key;
    private static byte[] otherKey;
    private static Bus stranger;

    @BeforeAll
    static void join() throws Exception {
        int port = BusFrames.port();
        vertx = BusFrames.node(port, port);
        secondVertx = BusFrames.node(BusFrames.port(), port);
        strangerVertx = BusFrames.node(BusFrames.port(), port);
        TokenVerifier tokens = new TokenVerifier(vertx, SECRET, Clock.systemUTC());
        key = tokens.keyFor("bus");
        Bus bus = new Bus(vertx, Duration.ofSeconds(20), key, METRICS);
        second = new Bus(secondVertx, Duration.ofSeconds(20), tokens.keyFor("bus"), new SimpleMeterRegistry());
        otherKey = new TokenVerifier(vertx, OTHER_SECRET, Clock.systemUTC()).keyFor("bus");
        stranger = new Bus(strangerVertx, Duration.ofSeconds(1), otherKey, new SimpleMeterRegistry());
        Configuration configuration = Configuration.load(Path.of("../../conf"), List.of(), Map.of(), Map.of());
        NodeContext node = new NodeContext(vertx, bus, configuration.domains(), tokens, METRICS, new Health(), 1 << 20);
        var served = bus.serve(Addresses.ROUTE, batch -> {
                    ROUTED.addAll(batch.events());
                    return Future.succeededFuture(new Outcomes(batch.events().stream()
                            .map(event -> Outcome.committed(event, new Position("k1", 1)))
                            .toList()));
                })
                .await(20, TimeUnit.SECONDS);
        Stage ingest =
                Objects.requireNonNull(configuration.stages().get("ingest")).apply(node);
        String deployed =
                vertx.deployVerticle(Objects.requireNonNull(ingest.verticle())).await(20, TimeUnit.SECONDS);
    }

    @AfterAll
    static void leave() throws Exception {
        strangerVertx.close().await(20, TimeUnit.SECONDS);
        secondVertx.close().await(20, TimeUnit.SECONDS);
        vertx.close().await(20, TimeUnit.SECONDS);
    }

    record Forgery(String what, String reason, byte[] frame) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Forgery> forgeries() throws Exception {
        byte[] record = BusFrames.encoded(publication("forged"));
        byte[] cut = BusFrames.signed("PublishRequest", key, record);
        return Stream.of(
                new Forgery(
                        "no MAC", "forged", toPublish("millrace.PublishRequest", PUBLISH, BusFrames.lengthAnd(record))),
                new Forgery(
                        "zeros for a MAC",
                        "forged",
                        toPublish(
                                "millrace.PublishRequest",
                                PUBLISH,
                                BusFrames.joined(BusFrames.lengthAnd(record), new byte[32]))),
                new Forgery(
                        "another key's MAC",
                        "forged",
                        toPublish(
                                "millrace.PublishRequest",
                                PUBLISH,
                                BusFrames.signed("PublishRequest", otherKey, record))),
                new Forgery(
                        "the MAC of another record's name",
                        "forged",
                        toPublish("millrace.PublishRequest", PUBLISH, BusFrames.signed("Ticket", key, record))),
                new Forgery(
                        "a MAC that was cut",
                        "forged",
                        toPublish("millrace.PublishRequest", PUBLISH, java.util.Arrays.copyOf(cut, cut.length - 1))),
                new Forgery("nothing", "forged", toPublish("millrace.PublishRequest", PUBLISH, new byte[0])),
                new Forgery("a length below zero", "forged", toPublish("millrace.PublishRequest", PUBLISH, new byte[] {
                    -1, -1, -1, -1, 0
                })),
                new Forgery(
                        "no codec's bytes", "wrong_type", toPublish("", BusFrames.SYSTEM_STRING, new byte[] {0, 0, 16, 0
                        })),
                new Forgery(
                        "a text",
                        "wrong_type",
                        toPublish(
                                "",
                                BusFrames.SYSTEM_STRING,
                                BusFrames.lengthAnd(BusFrames.bytes("{\"user\":\"admin\"}")))),
                new Forgery(
                        "a Java object",
                        "wrong_type",
                        toPublish("", BusFrames.SYSTEM_SERIALIZABLE, BusFrames.javaObject())));
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void aConnectionToTheBusPortPublishesNothing(Forgery forgery) throws Exception {
        double before = refused(forgery.reason());
        try (Socket socket = BusFrames.connect(vertx)) {
            socket.getOutputStream().write(forgery.frame());
            socket.getOutputStream().flush();
            await().until(() -> refused(forgery.reason()) == before + 1);
        }
        // What a node says is taken as ever, and nothing else was.
        String id = "after-" + forgery.what().replace(' ', '-');
        assertEquals(
                Outcome.Status.COMMITTED,
                second.request(Addresses.PUBLISH, publication(id))
                        .await(20, TimeUnit.SECONDS)
                        .outcomes()
                        .get(0)
                        .status());
        assertEquals(
                List.of(),
                ROUTED.stream().filter(event -> event.id().equals("forged")).toList());
    }

    @Test
    void aMemberOfTheClusterWithAnotherKeyIsNotAnswered() {
        double before = refused("forged");
        assertThrows(MillraceException.class, () -> stranger.request(Addresses.PUBLISH, publication("forged"))
                .await(20, TimeUnit.SECONDS));
        assertEquals(before + 1, refused("forged"));
        assertEquals(
                List.of(),
                ROUTED.stream().filter(event -> event.id().equals("forged")).toList());
    }

    @Test
    void theAnswerOfAMemberWithAnotherKeyIsNotBelieved() throws Exception {
        strangerVertx
                .eventBus()
                .consumer(Addresses.CACHE.name(), message -> message.reply(publication("a reply of the wrong type")))
                .completion()
                .await(20, TimeUnit.SECONDS);
        MillraceException refused = assertThrows(MillraceException.class, () -> second.request(
                        Addresses.CACHE,
                        new io.millrace.contracts.entity.EntityQuery(
                                new io.millrace.contracts.event.EntityRef("order", "orders", "o-1"), false))
                .await(20, TimeUnit.SECONDS));
        assertEquals("unavailable", refused.failure().code());
    }

    @Test
    void thePublicAddressTakesTheIdentityFromTheHeaderAlone() throws Exception {
        JsonObject event = event("public-1")
                .put("user", "admin")
                .put("publisher", "admin")
                .put("roles", new JsonArray(List.of("admin")));
        for (DeliveryOptions options : List.of(
                new DeliveryOptions(),
                new DeliveryOptions().addHeader("user", "admin").addHeader("roles", "admin"),
                new DeliveryOptions().addHeader("authorization", "Bearer of bad news"))) {
            var refused = assertThrows(io.vertx.core.eventbus.ReplyException.class, () -> strangerVertx
                    .eventBus()
                    .request(Addresses.INGEST, event, options)
                    .await(20, TimeUnit.SECONDS));
            assertEquals(401, refused.failureCode());
        }
        String token = new TokenVerifier(vertx, SECRET, Clock.systemUTC())
                .signer()
                .issue("shop", Set.of("admin"), Duration.ofHours(1));
        var taken = strangerVertx
                .eventBus()
                .request(
                        Addresses.INGEST,
                        event("public-2"),
                        new DeliveryOptions().addHeader("authorization", "Bearer " + token))
                .await(20, TimeUnit.SECONDS);
        assertEquals(
                List.of("shop"),
                ROUTED.stream()
                        .filter(routed -> routed.id().startsWith("public-"))
                        .map(Event::publisher)
                        .toList());
    }

    private static byte[] toPublish(String codec, int system, byte[] body) throws IOException {
        return BusFrames.frame(Addresses.PUBLISH.name(), codec, system, body);
    }

    private static PublishRequest publication(String id) {
        return new PublishRequest(
                "admin",
                Set.of("admin"),
                BusFrames.bytes("{}"),
                List.of(BusFrames.bytes(event(id).encode())));
    }

    private static JsonObject event(String id) {
        return new JsonObject()
                .put("id", id)
                .put("type", "order:created")
                .put("source", "tests")
                .put(
                        "data",
                        new JsonObject()
                                .put("orderId", id)
                                .put("customerId", "c-1")
                                .put("total", 1)
                                .put("status", "paid"));
    }

    private static double refused(String reason) {
        return METRICS.get("millrace.bus.refused.messages")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
