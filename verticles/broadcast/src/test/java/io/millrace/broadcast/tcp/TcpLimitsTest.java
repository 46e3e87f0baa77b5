package io.millrace.broadcast.tcp;

import static io.millrace.broadcast.RawTcpBridge.frame;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.broadcast.BroadcastFixture;
import io.millrace.broadcast.RawTcpBridge;
import io.millrace.broadcast.StreamStore;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What one client of the TCP bridge may have, and for how long it may be silent or slow. */
@Timeout(60)
class TcpLimitsTest {
    private static final String ORDERS = "stream." + StreamStore.STREAM;
    private static final byte[] PING = frame("{\"type\":\"ping\"}");

    @Test
    void aConnectionBeyondTheNodesIsToldSoAndTheOthersGoOn() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.max", "1");
                RawTcpBridge first = new RawTcpBridge(front.tcpPort, PING)) {
            first.next("pong");
            assertRefused(front, "overloaded", 503, 4503);
            assertEquals(1, front.refusedConnections("full"));
            first.send(PING).next("pong");
        }
    }

    @Test
    void theConnectionsOfAnAddressAndOfAUserAreLimitedWithThoseOfTheOtherTransports() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connections.address", "3", "connections.user", "1");
                var socket = front.connect("anna", "staff");
                RawTcpBridge second = new RawTcpBridge(front.tcpPort, PING)) {
            second.next("pong");
            try (RawTcpBridge anna = new RawTcpBridge(front.tcpPort)) {
                anna.send("register", ORDERS, "authorization", "Bearer " + front.token("anna", "staff"));
                assertEquals(4429, anna.closeCode());
                await().until(() -> front.gauge("millrace.broadcast.connections") == 2);
            }
            try (RawTcpBridge third = new RawTcpBridge(front.tcpPort, PING)) {
                third.next("pong");
                assertRefused(front, "rate_limited", 429, 4429);
            }
            assertEquals(1, front.refusedConnections("user"));
            assertEquals(1, front.refusedConnections("address"));
            assertTrue(socket.isOpen());
        }
    }

    @Test
    void theAttemptsOfAnAddressAreLimited() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("connect.rate", "2")) {
            for (int i = 0; i < 2; i++) {
                try (RawTcpBridge client = new RawTcpBridge(front.tcpPort, PING)) {
                    client.next("pong");
                }
            }
            assertRefused(front, "rate_limited", 429, 4429);
            assertEquals(1, front.refusedConnections("rate"));
        }
    }

    @Test
    void anAddressThatIsDeniedIsRefusedAndCounted() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("http.deny", "127.0.0.0/8")) {
            assertRefused(front, "permission_denied", 403, 1008);
            assertEquals(1, refused(front, "address"));
        }
    }

    @Test
    void tooManyMessagesAreRefusedAndThenEndTheConnection() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("message.rate", "5");
                RawTcpBridge client = new RawTcpBridge(front.tcpPort)) {
            client.send("unregister", ORDERS, "authorization", "Bearer " + front.token("s-1", "staff"));
            client.next("message");
            for (int i = 1; i < 16; i++) {
                client.send("unregister", ORDERS);
            }
            assertEquals(4429, client.closeCode());
            assertEquals(5, count(client, "message"));
            assertEquals(11, count(client, "err"));
        }
    }

    @Test
    void aClientThatAnswersNoPingIsClosedAndOneThatAnswersIsNot() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("heartbeat", "1s", "heartbeat.grace", "1s");
                RawTcpBridge silent = new RawTcpBridge(front.tcpPort);
                RawTcpBridge answering = new RawTcpBridge(front.tcpPort)) {
            answering.next("ping");
            answering.send(frame("{\"type\":\"pong\"}"));
            assertEquals(4408, silent.closeCode());
            assertEquals("ping", silent.messages.get(0).getString("type"));
            answering.next("ping");
            answering.send(PING).next("pong");
        }
    }

    @Test
    void aMessageThatDripsIsCutAndOneThatIsOnlySilentBetweenMessagesIsNot() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("http.read.timeout", "300ms");
                RawTcpBridge patient = new RawTcpBridge(front.tcpPort);
                RawTcpBridge dripping = new RawTcpBridge(front.tcpPort, new byte[] {0, 0, 1, 0, '{'});
                RawTcpBridge half = new RawTcpBridge(front.tcpPort, new byte[] {0})) {
            assertEquals(1008, dripping.closeCode());
            assertEquals(408, dripping.messages.get(0).getInteger("failureCode"));
            assertEquals(1008, half.closeCode());
            assertEquals(2, refused(front, "slow_message"));
            patient.send(PING).next("pong");
        }
    }

    @Test
    void clientsOfADrainingNodeAreToldWhenToComeBackAndNewOnesAreRefused() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("reconnect.spread", "1s");
                RawTcpBridge client = new RawTcpBridge(front.tcpPort, PING)) {
            client.next("pong");
            front.drain();
            int after = client.next("reconnect").getInteger("after");
            assertTrue(after >= 0 && after < 1_000, "" + after);
            assertEquals(1001, client.closeCode());
            assertRefused(front, "unavailable", 503, 1001);
        }
    }

    @Test
    void aServerThatStopsAndStartsAgainOnItsPortTakesItsClientsBack() throws Exception {
        int port;
        try (BroadcastFixture front = new BroadcastFixture();
                RawTcpBridge client = new RawTcpBridge(front.tcpPort, PING)) {
            client.next("pong");
            port = front.tcpPort;
            front.close();
            assertEquals(0, client.closeCode());
        }
        try (BroadcastFixture again = new BroadcastFixture("tcp.port", "" + port);
                RawTcpBridge client = new RawTcpBridge(port)) {
            client.send("register", ORDERS, "authorization", "Bearer " + again.token("s-1", "staff"));
            assertEquals(
                    "subscribed", client.next("message").getJsonObject("body").getString("type"));
        }
    }

    @Test
    void withoutBeingAskedForNothingListens() throws Exception {
        try (BroadcastFixture front = new BroadcastFixture("tcp.enabled", "false")) {
            org.junit.jupiter.api.Assertions.assertThrows(IOException.class, () -> new RawTcpBridge(front.tcpPort));
        }
    }

    /** A connection is refused with this code, in an error and in the last message. */
    static void assertRefused(BroadcastFixture front, String code, int status, int close) throws IOException {
        try (RawTcpBridge refused = new RawTcpBridge(front.tcpPort)) {
            assertEquals(close, refused.closeCode());
            JsonObject error = refused.messages.get(0);
            assertEquals(status, error.getInteger("failureCode"));
            assertTrue(error.getString("message").startsWith(code + " "), error::encode);
            assertEquals(List.of("err", "close"), types(refused));
        }
    }

    private static List<String> types(RawTcpBridge client) {
        return client.messages.stream()
                .map(message -> message.getString("type"))
                .toList();
    }

    private static long count(RawTcpBridge client, String type) {
        return types(client).stream().filter(type::equals).count();
    }

    static double refused(BroadcastFixture front, String reason) {
        return front.metrics
                .get("millrace.tcp.refused.connections")
                .tag("reason", reason)
                .counter()
                .count();
    }
}
