package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.contract.BusProgram;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.RawHttpClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Texts that break what is put together from texts (SQL, headers, log lines, pages) and texts that show as others, in every
 * place where a client names something, by every door: kept as they are, or refused by a code.
 */
@Order(5)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class HostileTextTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    /** No line of a log, and no header, may begin with it. */
    private static final String INJECTED = "X-Injected: 1";

    private static final String LINES = "a\r\n" + INJECTED + "\r\n\r\n" + INJECTED + "\u2028" + INJECTED + "\u001b[2J";
    private static final String SQL = "'); delete from events; --";
    /** Bidirectional overrides, marks of no width, a line separator that is no control character. */
    private static final String INVISIBLE = "\u202egnp.exe\u2066\u200b\u200d\ufeff\u2028";

    private static final String ALL = SQL + LINES + INVISIBLE + "<script>alert(1)</script>%0d%0a${x}{{x}}";

    private final Pipeline pipeline;
    private final ApiClient staff;
    private final String token;

    HostileTextTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.staff = pipeline.api("s-1", "staff");
        this.token = pipeline.signer().token("s-1", "staff");
    }

    /** What is published at each door comes by every transport, from history and as an entity as it was written. */
    @Test
    void aFieldIsKeptAsItIsFromEveryDoorToEveryOther() throws Exception {
        String before = staff.head(Shop.ORDERS);
        List<TransportListener> listeners = Arrays.stream(Transport.values())
                .map(way -> way.open(
                        pipeline.broadcast().uri("/api/ws"), token, new JsonObject().put("stream", Shop.ORDERS)))
                .toList();
        await().atMost(PATIENCE).until(() -> listeners.stream().allMatch(one -> one.first("subscribed") != null));
        List<JsonObject> sent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            JsonObject order = Shop.order().put("id", Shop.unique("e") + SQL + INVISIBLE);
            order.getJsonObject("data").put("customerName", ALL);
            sent.add(order);
        }
        assertEquals(201, staff.post(sent.get(0)).status());
        try (BusProgram program = BusProgram.join(pipeline)) {
            program.ask(token, sent.get(1));
        }
        try (SocketClient socket = SocketClient.open(pipeline.broadcast().uri("/api/ws"), token);
                SocketClient bridge = SocketClient.open(pipeline.broadcast().uri("/eventbus/websocket"), token)) {
            socket.send(new JsonObject()
                    .put("type", "publish")
                    .put("event", sent.get(2))
                    .encode());
            bridge.send(bridged(token, sent.get(3)));
            assertEquals(
                    "committed",
                    overTcp(bridged(token, sent.get(4))).getJsonObject("body").getString("status"));
            await().atMost(PATIENCE)
                    .until(() ->
                            socket.last("published") != null && !bridge.others().isEmpty());
        }
        List<JsonObject> stored = staff.historyAfter(Shop.ORDERS, before);
        assertAllKept(sent, stored);
        for (TransportListener listener : listeners) {
            await().atMost(PATIENCE)
                    .until(() -> ofThese(sent, listener.events()).size() >= sent.size());
            assertAllKept(sent, listener.events());
            listener.close();
        }
        String id = sent.get(0).getJsonObject("data").getString("orderId");
        assertEquals(
                ALL, staff.entity("order", id).json().getJsonObject("state").getString("customerName"));
        assertNothingInjected();
    }

    /** Others may publish meanwhile. */
    private static List<JsonObject> ofThese(List<JsonObject> sent, List<JsonObject> got) {
        List<String> ids = Shop.ids(sent);
        return got.stream()
                .filter(message -> ids.contains(message.getJsonObject("data").getString("id")))
                .toList();
    }

    private static void assertAllKept(List<JsonObject> sent, List<JsonObject> got) {
        List<JsonObject> these = ofThese(sent, got);
        assertEquals(Set.copyOf(Shop.ids(sent)), Set.copyOf(Shop.eventIds(these)));
        for (JsonObject message : these) {
            assertEquals(
                    ALL, message.getJsonObject("data").getJsonObject("data").getString("customerName"));
        }
    }

    /** A name may be anything that can be shown; one of several lines is refused at each door. */
    @Test
    void aNameOfSeveralLinesIsRefusedAtEveryDoorByItsCode() throws Exception {
        JsonObject event = Shop.order().put("id", LINES);
        JsonObject entity = Shop.order(LINES, "c-1");
        try (BusProgram program = BusProgram.join(pipeline);
                SocketClient socket = SocketClient.open(pipeline.broadcast().uri("/api/ws"), token)) {
            // Joined is one thing, to have found the address another.
            program.ask(token, Shop.order());
            for (JsonObject refused : List.of(event, entity)) {
                assertEquals("invalid_event", staff.post(refused).json().getString("code"));
                assertEquals(422, busFailure(program, refused).failureCode());
                socket.send(new JsonObject()
                        .put("type", "publish")
                        .put("event", refused)
                        .encode());
                assertEquals(422, overTcp(bridged(token, refused)).getInteger("failureCode"));
            }
            await().atMost(PATIENCE)
                    .until(() -> socket.others().stream()
                                    .filter(answer -> "invalid_event".equals(answer.getString("code")))
                                    .count()
                            == 2);
            String nobody = pipeline.signer().token(LINES, "staff");
            assertEquals(
                    401,
                    new ApiClient(pipeline.front().uri("/"), nobody)
                            .post(Shop.order())
                            .status());
            assertEquals(401, overTcp(bridged(nobody, Shop.order())).getInteger("failureCode"));
        }
        assertNothingInjected();
    }

    private ReplyException busFailure(BusProgram program, JsonObject event) {
        try {
            throw new AssertionError("answered " + program.ask(token, event));
        } catch (ReplyException failure) {
            return failure;
        }
    }

    @Test
    void aUserMayHaveAnyNameThatCanBeShown() {
        ApiClient odd = pipeline.api(SQL + INVISIBLE, "staff");
        assertEquals(201, odd.post(Shop.order()).status());
        assertEquals(200, odd.get("/api/streams/orders/events?limit=1").status());
    }

    @Test
    void aStreamOfSuchANameIsDeniedByEveryTransport() {
        for (String name : List.of(SQL, LINES, INVISIBLE, "orders\u200b", "orders'--")) {
            for (Transport transport : Transport.values()) {
                try (TransportListener refused = transport.open(
                        pipeline.broadcast().uri("/api/ws"), token, new JsonObject().put("stream", name))) {
                    await().atMost(PATIENCE).until(() -> refused.first("error") != null);
                    assertEquals("permission_denied", refused.first("error").getString("code"), transport + " " + name);
                }
            }
        }
        assertNothingInjected();
    }

    /** Whatever a target, a parameter or a header holds, no header of the answer and no line of the log comes of it. */
    @Test
    void noTextOfARequestIsAHeaderOfItsAnswer() throws IOException {
        String lines = "%0d%0a" + INJECTED.replace(" ", "%20");
        for (String target : List.of(
                "/api/streams/orders/events?after=" + lines,
                "/api/streams/orders/events?filter=" + lines,
                "/api/streams/" + lines + "/events",
                "/api/entities/order/" + lines,
                "/api/entities/order?filter=" + lines,
                "/api/events/" + lines + "/journey?source=" + lines,
                "/api/sse?stream=" + lines,
                "/api/poll?stream=orders&after=" + lines,
                "/api/poll?stream=orders&ticket=" + lines,
                "/api/kpis/" + lines,
                "/api/webhooks/" + lines,
                "/eventbus/" + lines + "/" + lines + "/xhr",
                "/dashboard/" + lines,
                "/" + lines)) {
            for (String method : List.of("GET", "POST")) {
                try (RawHttpClient raw =
                        new RawHttpClient(pipeline.front().uri("/").getPort())) {
                    String answer = raw.send(
                                    method + " " + target + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token
                                            + "\r\nX-Request-Id: a\u0085" + INJECTED
                                            + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                            .answer();
                    assertTrue(answer.startsWith("HTTP/1.1 "), target + ": " + answer);
                    assertFalse(answer.startsWith("HTTP/1.1 500"), target + ": " + answer);
                    assertFalse(answer.lines().anyMatch(line -> line.startsWith(INJECTED)), target + ": " + answer);
                }
            }
        }
        for (String text : List.of(SQL, LINES, INVISIBLE)) {
            String encoded = URLEncoder.encode(text, StandardCharsets.UTF_8);
            assertEquals(
                    400,
                    staff.get("/api/streams/orders/events?after=" + encoded).status());
        }
        assertNothingInjected();
    }

    private void assertNothingInjected() {
        pipeline.processes()
                .forEach(process -> assertFalse(
                        process.lastOutput().lines().anyMatch(line -> line.startsWith(INJECTED)), process::lastOutput));
    }

    private static String bridged(String token, JsonObject event) {
        return new JsonObject()
                .put("type", "send")
                .put("address", "millrace.ingest")
                .put("replyAddress", "r")
                .put("headers", new JsonObject().put("authorization", "Bearer " + token))
                .put("body", event)
                .encode();
    }

    /** The first answer to a message on a TCP connection of its own. */
    private JsonObject overTcp(String message) throws IOException {
        try (Socket socket = new Socket("127.0.0.1", pipeline.broadcast().tcpPort())) {
            socket.setSoTimeout((int) PATIENCE.toMillis());
            byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
            DataOutputStream out = new DataOutputStream(socket.getOutputStream());
            out.writeInt(bytes.length);
            out.write(bytes);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            return new JsonObject(new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8));
        }
    }
}
