package io.millrace.broadcast.tcp;

import static io.millrace.broadcast.RawTcpBridge.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.RawTcpBridge;
import io.millrace.contracts.bus.Addresses;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.bridge.BridgeOptions;
import io.vertx.ext.bridge.PermittedOptions;
import io.vertx.ext.eventbus.bridge.tcp.TcpEventBusBridge;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The same conversation with Vert.x's own TCP bridge: a client of that is answered here in the same form. */
@Timeout(60)
class StockTcpBridgeTest {
    private static final String INGEST = "millrace.ingest";
    private static final String ORDERS = "stream.orders";
    /** The stock bridge passes on a message's headers, and there are none here. */
    private static final String HEADERS = "headers";

    @Test
    void whatTheStockBridgeAnswersIsAnsweredHereInTheSameForm() throws Exception {
        List<JsonObject> stock = ofTheStockBridge();
        List<JsonObject> ours = ofMillrace();
        assertEquals(4, stock.size());
        for (int i = 0; i < stock.size(); i++) {
            JsonObject expected = stock.get(i);
            JsonObject got = ours.get(i);
            assertEquals(expected.getString("type"), got.getString("type"));
            assertEquals(expected.getString("address", got.getString("address")), got.getString("address"));
            for (String member : expected.fieldNames()) {
                assertTrue(member.equals(HEADERS) || got.containsKey(member) || member.equals("send"), got::encode);
            }
        }
        assertTrue(ours.get(3).getString("message").contains(stock.get(3).getString("message")));
    }

    private static List<JsonObject> ofMillrace() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture()) {
            BroadcastFixture.done(front.bus.serve(
                    Addresses.PUBLISH, publication -> Future.succeededFuture(BroadcastFixture.queued("e-1"))));
            return converse(front.tcpPort, "Bearer " + front.token("s-1", "staff"), true, () -> front.store.commit(1));
        }
    }

    private static List<JsonObject> ofTheStockBridge() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            JsonObject body = new JsonObject().put("type", "update");
            var unused = vertx.eventBus().<JsonObject>consumer(INGEST, message -> message.reply(new JsonObject()));
            BridgeOptions options = new BridgeOptions()
                    .addInboundPermitted(new PermittedOptions().setAddress(INGEST))
                    .addOutboundPermitted(new PermittedOptions().setAddress(ORDERS));
            int port = new io.millrace.testkit.process.Ports().free();
            BroadcastFixture.done(TcpEventBusBridge.create(vertx, options).listen(port, "127.0.0.1"));
            return converse(port, "none", false, () -> vertx.eventBus().publish(ORDERS, body));
        } finally {
            BroadcastFixture.done(vertx.close());
        }
    }

    /**
     * The answers to a ping, a message that is sent, an event, and an address of the inside.
     *
     * @param told whether it is told from when on a registration counts
     */
    private static List<JsonObject> converse(int port, String authorization, boolean told, Runnable publish)
            throws IOException {
        List<JsonObject> answers = new ArrayList<>();
        try (RawTcpBridge client = new RawTcpBridge(port, frame("{\"type\":\"ping\"}"))) {
            answers.add(client.next("pong"));
            client.send("register", ORDERS, "authorization", authorization);
            if (told) {
                client.next("message");
            }
            client.send("send", INGEST);
            answers.add(client.next(message -> "r".equals(message.getString("address"))));
            publish.run();
            answers.add(client.next(message -> ORDERS.equals(message.getString("address"))
                    && "update".equals(message.getJsonObject("body").getString("type"))));
            client.send("send", "millrace.commit");
            answers.add(client.next("err"));
        }
        return answers;
    }
}
