package io.millrace.broadcast.tcp;

import static io.millrace.broadcast.RawTcpBridge.frame;
import static io.millrace.broadcast.RawTcpBridge.length;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.RawTcpBridge;
import io.millrace.broadcast.StreamStore;
import io.millrace.contracts.bus.Addresses;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportClient;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The TCP bridge's protocol, byte for byte. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
@Isolated("It looks at what is logged.")
class TcpBridgeTest {
    private static final String INGEST = "millrace.ingest";
    private static final String ORDERS = "stream." + StreamStore.STREAM;
    private static final int MEBIBYTE = 1 << 20;

    private static BroadcastFixture front;
    private static String bearer;

    @BeforeAll
    static void start() throws Exception {
        front = new BroadcastFixture("message.rate", "100000", "connect.rate", "100000");
        bearer = "Bearer " + front.token("s-1", "staff");
        BroadcastFixture.done(front.bus.serve(
                Addresses.PUBLISH, publication -> Future.succeededFuture(BroadcastFixture.queued("e-1"))));
    }

    @AfterAll
    static void end() {
        front.close();
    }

    @Test
    void aClientPublishesAndHearsWhatItHasSubscribedTo() throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send("register", ORDERS, "authorization", bearer);
            JsonObject subscribed = client.next("message");
            assertEquals(ORDERS, subscribed.getString("address"));
            assertEquals("subscribed", subscribed.getJsonObject("body").getString("type"));
            assertEquals(
                    1,
                    front.metrics
                            .get("millrace.broadcast.connections.by.role")
                            .tags("transport", "tcp", "role", "staff")
                            .gauge()
                            .value());
            client.send("send", INGEST);
            JsonObject answer = client.next("message");
            assertEquals("r", answer.getString("address"));
            assertEquals("queued", answer.getJsonObject("body").getString("status"));
            front.store.commit(1);
            JsonObject event = client.next("message");
            assertEquals(ORDERS, event.getString("address"));
            assertEquals("update", event.getJsonObject("body").getString("type"));
            client.send("unregister", ORDERS);
            assertEquals(
                    "unsubscribed", client.next("message").getJsonObject("body").getString("type"));
        }
    }

    @Test
    void aPingIsAnsweredByAPong() throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, frame("{\"type\":\"ping\"}"))) {
            assertEquals(new JsonObject().put("type", "pong"), client.next("pong"));
        }
    }

    @Test
    void aMessageMayComeByteByByteAndSeveralInOneSegment() throws Exception {
        byte[] send = frame("{\"type\":\"send\",\"address\":\"" + INGEST + "\",\"replyAddress\":\"ä€😀\",\"headers\":"
                + "{\"authorization\":\"" + bearer + "\"},\"body\":{}}");
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            for (byte one : send) {
                client.send(new byte[] {one});
            }
            assertEquals("ä€😀", client.next("message").getString("address"));
            client.send(send, send, frame("{\"type\":\"ping\"}"), send);
            while (client.messages.size() < 5) {
                client.next(any -> true);
            }
            List<String> answers = client.messages.stream()
                    .map(message -> message.getString("address", message.getString("type")))
                    .sorted()
                    .toList();
            assertEquals(List.of("pong", "ä€😀", "ä€😀", "ä€😀", "ä€😀"), answers);
        }
    }

    @Test
    void aMessageOfAMebibyteIsTakenAndOneOfAByteMoreEndsTheConnectionWith1009() throws Exception {
        String start = "{\"type\":\"send\",\"address\":\"" + INGEST + "\",\"replyAddress\":\"r\",\"headers\":{"
                + "\"authorization\":\"" + bearer + "\"},\"body\":{\"x\":\"";
        String end = "\"}}";
        String largest = start + "x".repeat(MEBIBYTE - start.length() - end.length()) + end;
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, frame(largest))) {
            assertEquals("queued", client.next("message").getJsonObject("body").getString("status"));
            double before = closed("1009");
            client.send(frame(largest + " "));
            JsonObject error = client.next("err");
            assertEquals(413, error.getInteger("failureCode"));
            assertTrue(error.getString("message").startsWith("too_large "), error::encode);
            assertEquals(1009, client.closeCode());
            assertEquals(before + 1, closed("1009"));
        }
    }

    private static double closed(String code) {
        return front.metrics
                .get("millrace.broadcast.closed")
                .tag("code", code)
                .counter()
                .count();
    }

    /** The last two are what an HTTP and a TLS client begin with. */
    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, Integer.MAX_VALUE, MEBIBYTE + 1, 0x47455420, 0x16030102})
    void aLengthThatIsTooMuchIsRefusedBeforeAnythingIsKept(int length) throws Exception {
        long heap = heap();
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, length(length), new byte[1_000])) {
            assertEquals(1009, client.closeCode());
            assertEquals("close", client.messages.get(1).getString("type"));
        }
        // What others of this process hold for a moment is gone at the next look; what is kept is not.
        await().untilAsserted(() -> {
            long kept = heap() - heap;
            assertTrue(kept < MEBIBYTE, kept + " bytes");
        });
    }

    private static long heap() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }

    @Test
    void whatFollowsAnOversizeLengthIsDroppedAndTheReasonStillReadable() throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, length(8 * MEBIBYTE))) {
            for (int i = 0; i < 20; i++) {
                client.send(new byte[16_384]);
            }
            assertEquals(1009, client.closeCode());
        }
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            value = {
                "nothing         | ''",
                "no JSON         | x",
                "no object       | [1]",
                "half            | {\"type\":\"send\"",
                "another type    | {\"type\":\"message\",\"address\":\"stream.orders\"}",
                "not UTF-8       | \u0000",
            })
    void whatIsNoMessageIsRefusedAndTheThirdEndsTheConnection(String what, String text) throws Exception {
        byte[] bad = what.equals("not UTF-8") ? new byte[] {0, 0, 0, 2, '"', (byte) 0xff} : frame(text);
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, bad)) {
            JsonObject error = client.next("err");
            assertEquals(400, error.getInteger("failureCode"));
            assertTrue(error.getString("message").startsWith("bad_message "), error::encode);
            client.send(frame("{\"type\":\"ping\"}"));
            client.next("pong");
            client.send(bad, bad);
            assertEquals(4400, client.closeCode());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "send, millrace.commit",
        "publish, millrace.route",
        "register, millrace.shard.0",
        "register, millrace.ingest",
        "unregister, millrace.peers",
        "send, __vertx.reply.1",
        "send, stream.orders",
        "send, ''"
    })
    void anAddressOfTheInsideIsDenied(String type, String address) throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send(
                    type, address, "authorization", "Bearer " + front.token("a", new JsonObject(), "admin", "staff"));
            JsonObject error = client.next("err");
            assertEquals("r", error.getString("address"));
            assertEquals(403, error.getInteger("failureCode"));
            assertTrue(error.getString("message").startsWith("permission_denied access_denied"), error::encode);
        }
    }

    @Test
    void aClientWithoutATokenIsAnybodyUntilItSendsOne() throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send("register", ORDERS);
            assertEquals(403, client.next("err").getInteger("failureCode"));
            client.send("register", ORDERS, "authorization", bearer);
            assertEquals(
                    "subscribed", client.next("message").getJsonObject("body").getString("type"));
        }
    }

    @Test
    void anotherTokenOfTheSameUserRenewsTheRights() throws Exception {
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send("register", ORDERS, "authorization", "Bearer " + front.token("anna", "staff"));
            client.next("message");
            client.send("unregister", "stream.none", "authorization", "Bearer " + front.token("anna", "customer"));
            JsonObject renewed = client.next(message ->
                    message.getValue("body") instanceof JsonObject body && body.getBoolean("renewed", false));
            assertEquals(ORDERS, renewed.getString("address"));
        }
    }

    @Test
    void aThousandClientsGetEverythingInOrder() throws Exception {
        try (TransportClient client = new TransportClient(HttpVersion.HTTP_1_1, 1)) {
            List<TransportListener> crowd = new ArrayList<>();
            JsonObject options = new JsonObject().put("stream", StreamStore.STREAM);
            for (int i = 0; i < 1_000; i++) {
                crowd.add(Transport.TCP.open(client, front.uri, front.token("s-" + i, "staff"), options));
            }
            await().until(() -> crowd.stream().allMatch(each -> each.first("subscribed") != null));
            front.store.commit(10);
            await().until(() -> crowd.stream().allMatch(each -> each.eventCount() == 10));
            List<String> ids = crowd.get(0).ids();
            crowd.forEach(each -> assertEquals(ids, each.ids()));
        }
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
    }

    @Test
    void aClientThatPingsAndReadsNothingIsSentNoMoreThanItsSocketTakes() throws Exception {
        int pings = 400_000;
        byte[] some = "\0\0\0\17{\"type\":\"ping\"}".repeat(pings / 100).getBytes(StandardCharsets.US_ASCII);
        try (RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send("send", INGEST, "authorization", bearer).next("message");
            for (int i = 0; i < 100; i++) {
                client.send(some);
            }
            client.send("send", INGEST).next("message");
            assertTrue(client.messages.size() < pings, client.messages.size() + " messages");
        }
    }
}
