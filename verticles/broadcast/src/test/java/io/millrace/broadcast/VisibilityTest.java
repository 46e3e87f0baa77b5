package io.millrace.broadcast;

import static io.millrace.broadcast.StreamStore.STREAM;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What each client sees of a stream, and what its positions reveal. */
@Timeout(60)
class VisibilityTest {
    /** Longer than a client that sees only a part waits for an event that was found. */
    private static final int HELD_MS = 1_100;

    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10");

    VisibilityTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void eachCustomerSeesTheirOwnAndStaffSeesAll() throws Exception {
        try (SocketClient anna = front.connect("anna", "customer");
                SocketClient bert = front.connect("bert", "customer");
                SocketClient staff = front.connect("s-1", "staff")) {
            StreamLog annas = anna.subscribe(STREAM);
            StreamLog berts = bert.subscribe(STREAM);
            StreamLog all = staff.subscribe(STREAM);
            for (String owner : List.of("anna", "bert", "nobody", "anna", "bert")) {
                front.store.commit(owner, 10);
            }
            await().until(() -> all.ids().size() == 5);
            await().until(() -> berts.ids().size() == 2);
            assertEquals(List.of("1", "4"), annas.ids());
            assertEquals(List.of("2", "5"), berts.ids());
            assertEquals(List.of("1", "2", "3", "4", "5"), all.ids());
        }
    }

    @Test
    void aResumeWithASealedPositionGetsTheUsersOwnEventsOnce() throws Exception {
        try (SocketClient anna = front.connect("anna", "customer");
                SocketClient staff = front.connect("s-1", "staff")) {
            StreamLog all = staff.subscribe(STREAM);
            StreamLog log = anna.subscribe(STREAM);
            front.store.commit("anna", 10);
            await().until(() -> log.ids().size() == 1);
            anna.drop();
            for (int i = 0; i < 30; i++) {
                front.store.commit(i % 10 == 0 ? "anna" : "bert", 10);
            }
            // More than memory keeps, so history is read.
            await().until(() -> all.ids().size() == 31);
            anna.resume(front.uri);
            front.store.commit("anna", 10);
            await().until(() -> log.ids().size() == 5);
            assertEquals(List.of("1", "2", "12", "22", "32"), log.ids());
            assertEquals(List.of(), log.faults());
            for (JsonObject message : log.messages()) {
                assertTrue(message.getString("position").startsWith("s."), message::encode);
            }
        }
    }

    @Test
    void anEventThatWasFoundIsDeliveredWhileHiddenEventsAfterItAreStillBeingRead() {
        front.store.commit("anna", 10);
        front.store.commit(1_600);
        Promise<Void> second = Promise.promise();
        // The head, where to start and the first page come at once; the second page comes late, and the third never.
        front.store.answersFrom(4, second.future());
        front.store.answersFrom(5, Promise.<Void>promise().future());
        try (TransportListener anna = fromTheBeginning()) {
            await().until(() -> front.store.reads() == 4);
            front.vertx.setTimer(HELD_MS, late -> second.complete());
            await().until(() -> anna.ids().equals(List.of("1")));
            assertTrue(second.future().isComplete(), "it is delivered by the clock, not page by page");
        }
    }

    @Test
    void anEventThatWasFoundIsDeliveredThoughHistoryCanNotBeReadOn() {
        front.store.commit("anna", 10);
        front.store.commit(1_600);
        front.store.answersFrom(4, Future.failedFuture("history is down"));
        try (TransportListener anna = fromTheBeginning()) {
            await().until(() -> anna.ids().equals(List.of("1")));
            front.store.answersFrom(4, Future.succeededFuture());
            front.store.commit("anna", 10);
            await().until(() -> anna.ids().equals(List.of("1", "1602")));
        }
    }

    private TransportListener fromTheBeginning() {
        return Transport.WEBSOCKET.open(
                front.uri,
                front.token("anna", "customer"),
                new JsonObject().put("stream", STREAM).put("after", "beginning"));
    }

    @Test
    void aSealedPositionOpensOnlyTheStreamAndKeyItWasMadeFor() throws Exception {
        front.store.commit("anna", 10);
        try (SocketClient anna = front.connect("anna", "customer")) {
            StreamLog log = anna.subscribe(STREAM);
            String head = Objects.requireNonNull(log.position());
            char last = head.charAt(10) == 'A' ? 'B' : 'A';
            String forged = head.substring(0, 10) + last + head.substring(11);
            assertNotEquals(head, forged);
            assertFalse(anna.subscribe(STREAM, forged).recovered());
            assertFalse(anna.subscribe(STREAM, "k1:1").recovered());
            assertTrue(anna.subscribe(STREAM, head).recovered());
        }
    }

    @Test
    void aRoleThatSeesNothingIsRefusedAndOpensNoStream() throws Exception {
        try (SocketClient stranger = SocketClient.open(front.uri, null)) {
            stranger.send("{\"type\":\"subscribe\",\"id\":1,\"stream\":\"orders\"}");
            await().until(() -> stranger.last("error") != null);
            assertEquals(
                    "permission_denied",
                    Objects.requireNonNull(stranger.last("error")).getString("code"));
            assertEquals(0, front.gauge("millrace.broadcast.streams"));
        }
    }
}
