package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.Timer;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.text.Micros;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients acknowledge what they have read; one that lies harms only its own times. */
@Timeout(60)
class AcknowledgedTest {
    private final BroadcastFixture front = new BroadcastFixture("acknowledge", "1", "message.rate", "20");

    AcknowledgedTest() throws Exception {}

    @AfterEach
    void stop() {
        front.close();
    }

    @Test
    void theTimeUntilAnEventIsReadIsMeasuredByNamespaceOfTheWholeAndOfAPart() throws Exception {
        try (SocketClient staff = front.connect("s-1", "staff");
                SocketClient customer = front.connect("c-4", "customer")) {
            assertEquals(
                    new JsonObject().put("every", 1).put("phase", 0),
                    welcome(staff).getJsonObject("acknowledge"));
            StreamLog whole = staff.subscribe("orders");
            StreamLog part = customer.subscribe("orders");
            front.store.commitAccepted("c-4", Micros.now() - 5_000_000);
            await().until(() -> whole.ids().size() == 1 && part.ids().size() == 1);
            acknowledge(staff, "orders", Objects.requireNonNull(whole.position()));
            acknowledge(customer, "orders", Objects.requireNonNull(part.position()));

            await().until(() -> outcome("measured") == 2);
            Timer timer = front.metrics
                    .get("millrace.broadcast.read.latency")
                    .tag("namespace", "orders")
                    .timer();
            assertEquals(2, timer.count());
            ConnectionPage page = BroadcastFixture.done(front.bus.request(
                    Addresses.CONNECTIONS, new ConnectionQuery(null, null, null, null, null, null, 1)));
            assertEquals(1, page.acknowledge());
            ConnectionPage.ReadTimes times = page.readTimes().get(0);
            assertEquals("orders", times.namespace());
            assertEquals(2, times.count());
            assertTrue(timer.max(TimeUnit.SECONDS) >= 5);
            assertTrue(times.quantile(0.5) >= 5_000_000 && times.quantile(0.99) < 60_000_000, times::toString);
            assertNull(staff.last("error"));
            assertNull(customer.last("error"));
        }
    }

    @Test
    void whatAClientWasNotSentOrHasAcknowledgedIsCountedAndNotMeasured() throws Exception {
        try (SocketClient client = front.connect("s-1", "staff");
                SocketClient customer = front.connect("c-4", "customer");
                SocketClient before = front.connect("s-2", "staff")) {
            front.store.commit(1);
            StreamLog first = before.subscribe("orders");
            StreamLog own = customer.subscribe("orders");
            front.store.commit(2);
            await().until(() -> first.ids().size() == 2);
            StreamLog log = client.subscribe("orders", "beginning");
            await().until(() -> log.ids().size() == 3);
            acknowledge(client, "orders", "k1:1");
            await().until(() -> outcome("forgotten") == 1);
            acknowledge(client, "orders", "k1:2");
            await().until(() -> outcome("older") == 1);
            acknowledge(client, "orders", "k1:4");
            await().until(() -> outcome("not_sent") == 1);
            front.store.commit("c-4", 10);
            front.store.commit("c-5", 10);
            await().until(() -> log.ids().size() == 5 && own.ids().size() == 1);
            acknowledge(client, "orders", "k1:5");
            acknowledge(client, "orders", "k1:5");
            acknowledge(client, "orders", "k1:4");
            await().until(() -> outcome("repeated") == 2);

            acknowledge(client, "orders", "k9:5");
            acknowledge(client, "orders", "s." + "A".repeat(48));
            acknowledge(client, "orders", "' or 1=1");
            acknowledge(client, "room:1", "k1:5");
            // A position of the whole says nothing to whoever sees a part.
            acknowledge(customer, "orders", "k1:5");
            await().until(() -> outcome("not_asked") == 5);
            assertEquals(1, outcome("measured"));
            assertTrue(client.isOpen() && customer.isOpen());
            assertNull(client.last("error"), "there is no answer, and so nothing to learn");
        }
    }

    @Test
    void whatAFilterLeavesOutWasNotSent() throws Exception {
        try (SocketClient client = front.connect("s-1", "staff")) {
            client.subscribe(new JsonObject(
                    "{\"type\":\"subscribe\",\"stream\":\"orders\",\"filter\":{\"data.remarks\":\"xxxx\"}}"));
            front.store.commit("c-4", 10);
            front.store.commit("c-4", 4);
            await().until(() -> client.log("orders").ids().size() == 1);
            acknowledge(client, "orders", "k1:1");
            await().until(() -> outcome("not_sent") == 1);
            acknowledge(client, "orders", "k1:2");
            await().until(() -> outcome("measured") == 1);
        }
    }

    @Test
    void aFloodOfThemCountsAsMessagesAndEndsItsConnectionAlone() throws Exception {
        try (SocketClient flood = front.connect("s-1", "staff");
                SocketClient stays = front.connect("s-2", "staff")) {
            front.store.commit(1);
            flood.subscribe("orders");
            for (int i = 2; i < 72; i++) {
                acknowledge(flood, "orders", "k1:" + i);
            }
            await().until(() -> outcome("not_sent") == 70);
            assertTrue(flood.isOpen(), "one a second is none of the messages of a minute");
            for (int i = 0; i < 40 && flood.isOpen(); i++) {
                flood.send("{\"type\":\"acknowledge\",\"stream\":\"orders\",\"position\":\"k1:1\"}");
            }
            assertEquals(4429, flood.closeCode());
            assertTrue(stays.isOpen());
        }
    }

    @Test
    void onesThatCannotBeReadAreBadMessages() throws Exception {
        try (SocketClient client = front.connect("s-1", "staff")) {
            for (String body : List.of("", ",\"stream\":\"orders\"", ",\"stream\":7,\"position\":\"k1:1\"")) {
                client.send("{\"type\":\"acknowledge\"" + body + "}");
            }
            assertEquals(4400, client.closeCode());
        }
    }

    @Test
    void aServerThatAsksForNoneSaysSo() throws Exception {
        try (BroadcastFixture silent = new BroadcastFixture();
                SocketClient client = silent.connect("s-1", "staff")) {
            assertFalse(welcome(client).containsKey("acknowledge"));
            client.subscribe("orders");
            acknowledge(client, "orders", "k1:1");
            await().until(() -> client.last("error") != null);
            assertEquals(
                    "this server asks for no acknowledgements",
                    Objects.requireNonNull(client.last("error")).getString("message"));
        }
    }

    private static JsonObject welcome(SocketClient client) {
        await().until(() -> client.last("welcome") != null);
        return Objects.requireNonNull(client.last("welcome"));
    }

    private static void acknowledge(SocketClient client, String stream, String position) {
        client.send(new JsonObject()
                .put("type", "acknowledge")
                .put("stream", stream)
                .put("position", position)
                .encode());
    }

    private double outcome(String name) {
        return front.metrics
                .get("millrace.broadcast.acknowledged")
                .tag("outcome", name)
                .counter()
                .count();
    }
}
