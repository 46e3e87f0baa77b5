package io.millrace.launcher;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.contracts.Position;
import io.millrace.contracts.Publication;
import io.millrace.contracts.wire.Codec;
import io.millrace.platform.Bus;
import io.millrace.platform.Health;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.millrace.platform.Tokens;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.spi.cluster.NodeInfo;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.math.BigInteger;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
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
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Who reaches the bus port, or even joins the cluster, and hasn't the signing key, can publish nothing in anybody's name. */
@SuppressWarnings("NullAway.Init")
class StrangerOnTheBusTest {
    private static final byte[] SECRET = bytes("a signing key of the tests' own, long enough");
    private static final byte[] OTHER_SECRET = bytes("a signing key that no node of the cluster has");
    private static final int PUBLISH = 0;

    private static final SimpleMeterRegistry METRICS = new SimpleMeterRegistry();
    private static final List<Event> ROUTED = new CopyOnWriteArrayList<>();

    private static Vertx vertx;
    private static Vertx secondVertx;
    private static Vertx strangerVertx;
    private static Bus second;
    private static Bus stranger;

    @BeforeAll
    static void join() throws Exception {
        int port = port();
        vertx = node(port, port);
        secondVertx = node(port(), port);
        strangerVertx = node(port(), port);
        Tokens tokens = new Tokens(vertx, SECRET, Clock.systemUTC());
        Bus bus = new Bus(vertx, Duration.ofSeconds(20), tokens.keyFor("bus"), METRICS);
        second = new Bus(secondVertx, Duration.ofSeconds(20), tokens.keyFor("bus"), new SimpleMeterRegistry());
        byte[] otherKey = new Tokens(vertx, OTHER_SECRET, Clock.systemUTC()).keyFor("bus");
        stranger = new Bus(strangerVertx, Duration.ofSeconds(1), otherKey, new SimpleMeterRegistry());
        Configuration configuration = Configuration.load(Path.of("../../conf"), List.of(), Map.of(), Map.of());
        Node node = new Node(vertx, bus, configuration.domains(), tokens, METRICS, new Health(), 1 << 20);
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
        byte[] record = encoded(publication("forged"));
        byte[] cut = signed("Publication", SECRET, record);
        return Stream.of(
                new Forgery("no MAC", "forged", frame("millrace.Publication", PUBLISH, lengthAnd(record))),
                new Forgery(
                        "zeros for a MAC",
                        "forged",
                        frame("millrace.Publication", PUBLISH, joined(lengthAnd(record), new byte[32]))),
                new Forgery(
                        "another key's MAC",
                        "forged",
                        frame("millrace.Publication", PUBLISH, signed("Publication", OTHER_SECRET, record))),
                new Forgery(
                        "the MAC of another record's name",
                        "forged",
                        frame("millrace.Publication", PUBLISH, signed("Ticket", SECRET, record))),
                new Forgery(
                        "a MAC that was cut",
                        "forged",
                        frame("millrace.Publication", PUBLISH, java.util.Arrays.copyOf(cut, cut.length - 1))),
                new Forgery("nothing", "forged", frame("millrace.Publication", PUBLISH, new byte[0])),
                new Forgery("a length below zero", "forged", frame("millrace.Publication", PUBLISH, new byte[] {
                    -1, -1, -1, -1, 0
                })),
                new Forgery("no codec's bytes", "wrong_type", frame("", SYSTEM_STRING, new byte[] {127, 0, 0, 1})),
                new Forgery("a text", "wrong_type", frame("", SYSTEM_STRING, lengthAnd(bytes("{\"user\":\"admin\"}")))),
                new Forgery("a Java object", "wrong_type", frame("", SYSTEM_SERIALIZABLE, javaObject())));
    }

    @ParameterizedTest
    @MethodSource("forgeries")
    void aConnectionToTheBusPortPublishesNothing(Forgery forgery) throws Exception {
        double before = refused(forgery.reason());
        try (Socket socket = connect()) {
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
                        new io.millrace.contracts.EntityQuery(
                                new io.millrace.contracts.EntityRef("order", "orders", "o-1"), false))
                .await(20, TimeUnit.SECONDS));
        assertEquals("unavailable", refused.failure().code());
    }

    @Test
    void thePublicAddressTakesWhoItIsFromTheHeaderAlone() throws Exception {
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
        String token = new Tokens(vertx, SECRET, Clock.systemUTC()).issue("shop", Set.of("admin"), Duration.ofHours(1));
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

    private static final int SYSTEM_STRING = 9;
    private static final int SYSTEM_SERIALIZABLE = 17;

    /** A message for millrace.publish, as Vert.x writes it. */
    private static byte[] frame(String codec, int system, byte[] body) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.writeByte(2);
        out.writeByte(codec.isEmpty() ? system : -1);
        if (!codec.isEmpty()) {
            text(out, codec);
        }
        out.writeByte(0);
        text(out, Addresses.PUBLISH.name());
        out.writeInt(0);
        text(out, "a-node-of-its-own");
        out.writeInt(4);
        out.write(body);
        byte[] message = bytes.toByteArray();
        return joined(Buffer.buffer().appendInt(message.length).getBytes(), message);
    }

    private static void text(DataOutputStream out, String text) throws IOException {
        out.writeInt(text.length());
        out.write(bytes(text));
    }

    private static byte[] javaObject() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(BigInteger.TEN);
        }
        return lengthAnd(bytes.toByteArray());
    }

    private static byte[] signed(String record, byte[] secret, byte[] bytes) throws Exception {
        byte[] own = mac(new Tokens(vertx, secret, Clock.systemUTC()).keyFor("bus"), bytes("millrace." + record));
        return joined(lengthAnd(bytes), mac(own, bytes));
    }

    private static byte[] mac(byte[] key, byte[] bytes) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(bytes);
    }

    private static byte[] lengthAnd(byte[] bytes) {
        return Buffer.buffer().appendInt(bytes.length).appendBytes(bytes).getBytes();
    }

    private static byte[] joined(byte[] first, byte[] then) {
        return Buffer.buffer(first).appendBytes(then).getBytes();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Publication publication(String id) {
        return new Publication(
                "admin", Set.of("admin"), bytes("{}"), bytes(event(id).encode()));
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

    @SuppressWarnings("unchecked")
    private static byte[] encoded(Publication publication) {
        return Codec.all().stream()
                .filter(codec -> codec.type() == Publication.class)
                .map(codec -> ((Codec<Publication>) codec).encode(publication))
                .findFirst()
                .orElseThrow();
    }

    private static double refused(String reason) {
        return METRICS.get("millrace.bus.refused.messages")
                .tag("reason", reason)
                .counter()
                .count();
    }

    private static Socket connect() throws Exception {
        io.vertx.core.Promise<NodeInfo> place = io.vertx.core.Promise.promise();
        var cluster = Objects.requireNonNull(((VertxInternal) vertx).clusterManager());
        cluster.getNodeInfo(cluster.getNodeId(), place);
        NodeInfo info = place.future().await(20, TimeUnit.SECONDS);
        return new Socket(info.host(), info.port());
    }

    private static Vertx node(int port, int known) throws Exception {
        return Cluster.join(
                        Vertx.builder(),
                        new VertxOptions(),
                        Path.of("../../conf/cluster.xml"),
                        "stranger-" + known,
                        new NodeSettings.ClusterSettings(
                                "stranger", "127.0.0.1", port, 0, List.of("127.0.0.1:" + known), null))
                .await(30, TimeUnit.SECONDS);
    }

    private static int port() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
