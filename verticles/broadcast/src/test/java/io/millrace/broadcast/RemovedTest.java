package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that sees a part of a stream gets removals of what leaves it, live and after a resume, on every transport. */
@Tag("slow")
@Timeout(120)
class RemovedTest {
    private static final JsonObject OPEN = new JsonObject().put("data.status", "open");

    @SuppressWarnings("NullAway.Init")
    private BroadcastFixture front;

    @BeforeEach
    void start() throws Exception {
        front = new BroadcastFixture();
    }

    @AfterEach
    void end() throws Exception {
        front.close();
    }

    @ParameterizedTest
    @EnumSource
    void aUserWhoseOrderIsTransferredOrDeletedGetsARemovalAndNothingElse(Transport transport) {
        try (TransportListener anna =
                        listen(transport, "anna", "customer", options().put("delta", true));
                TransportListener bert = listen(transport, "bert", "customer", options())) {
            front.store.change("order:created", "o-1", "anna", data("anna", "open"));
            front.store.change("order:created", "o-2", "anna", data("anna", "open"));
            front.store.change("order:created", "o-1", "bert", data("bert", "secret"));
            front.store.change("order:purged", "o-2", null, "{}");
            front.store.change("order:deleted", "o-1", "bert", "{}");
            await().until(() -> anna.all("removed").size() == 2 && bert.ids().size() == 2);
            assertEquals(List.of("1", "2"), anna.ids());
            assertGone(anna.all("removed").get(0), "o-1");
            assertGone(anna.all("removed").get(1), "o-2");
            assertEquals(List.of("3", "5"), bert.ids());
            assertEquals(List.of(), bert.all("removed"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResumeGetsRemovalsToo(Transport transport) {
        front.store.change("order:created", "o-1", "anna", data("anna", "open"));
        front.store.change("order:created", "o-1", "bert", data("bert", "secret"));
        front.store.change("order:created", "o-2", "anna", data("anna", "open"));
        front.store.change("order:purged", "o-2", null, "{}");
        try (TransportListener anna =
                        listen(transport, "anna", "customer", options().put("after", "beginning"));
                TransportListener bert =
                        listen(transport, "bert", "customer", options().put("after", "beginning"))) {
            await().until(() -> anna.all("removed").size() == 2 && bert.ids().size() == 1);
            assertEquals(List.of("1", "3"), anna.ids());
            assertGone(anna.all("removed").get(0), "o-1");
            assertGone(anna.all("removed").get(1), "o-2");
            assertEquals(List.of(), bert.all("removed"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFilterWithStateOrDeltaReportsEntitiesThatLeaveAndEnter(Transport transport) {
        String option = transport.name().startsWith("POLL") ? "delta" : "state";
        try (TransportListener staff = listen(
                        transport, "s-1", "staff", options().put("filter", OPEN).put(option, true));
                TransportListener plain =
                        listen(transport, "s-2", "staff", options().put("filter", OPEN))) {
            front.store.change("order:created", "o-1", "anna", data("anna", "open"));
            front.store.change("order:created", "o-2", "anna", data("anna", "closed"));
            front.store.change("order:created", "o-1", "anna", data("anna", "closed"));
            front.store.change("order:created", "o-1", "anna", data("anna", "open"));
            front.store.change("order:deleted", "o-1", "anna", "{}");
            front.store.change("order:created", "o-3", "anna", data("anna", "open"));
            await().until(() -> staff.ids().size() == 3 && plain.ids().size() == 3);
            assertEquals(List.of("1", "4", "6"), staff.ids());
            if (transport.name().startsWith("POLL")) {
                // Between two polls it reads from history, which has each entity's present state.
                assertEquals("k1:5", positions(staff).get(positions(staff).size() - 1));
                assertTrue(Set.of("k1:2", "k1:3", "k1:5").containsAll(positions(staff)), positions(staff)::toString);
            } else {
                assertEquals(List.of("k1:3", "k1:5"), positions(staff));
            }
            assertEquals(List.of(), plain.all("removed"));
        }
    }

    @Test
    void aResumeWithAFilterGetsTheRemovalsFromIt() {
        front.store.change("order:created", "o-1", "anna", data("anna", "open"));
        front.store.change("order:created", "o-1", "anna", data("anna", "closed"));
        front.store.change("order:created", "o-2", "anna", data("anna", "closed"));
        front.store.change("order:created", "o-2", "anna", data("anna", "open"));
        JsonObject back = options().put("filter", OPEN).put("after", "k1:1");
        for (String option : List.of("delta", "removed")) {
            try (TransportListener staff =
                    listen(Transport.WEBSOCKET, "s-1", "staff", back.copy().put(option, true))) {
                await().until(() ->
                        staff.ids().size() == 1 && staff.all("removed").size() == 1);
                assertEquals(List.of("4"), staff.ids());
                assertGone(staff.all("removed").get(0), "o-1");
            }
        }
    }

    /** History has no states, and a disconnected client may have had an entity that was deleted meanwhile. */
    @Test
    void aResumeWithAFilterGetsDeletions() {
        front.store.change("order:created", "o-1", "anna", data("anna", "open"));
        front.store.change("order:created", "o-2", "anna", data("anna", "open"));
        front.store.change("order:deleted", "o-1", "anna", "{}");
        front.store.change("order:created", "o-3", "anna", data("anna", "open"));
        JsonObject back = options().put("filter", OPEN).put("after", "k1:1").put("removed", true);
        try (TransportListener staff = listen(Transport.WEBSOCKET, "s-1", "staff", back)) {
            await().until(() -> staff.ids().size() == 2);
            assertEquals(List.of("2", "4"), staff.ids());
            assertEquals(List.of("k1:3"), positions(staff));
        }
    }

    private static void assertGone(JsonObject message, String order) {
        assertEquals(
                new JsonObject().put("kind", "order").put("id", order),
                message.getJsonObject("entity"),
                message::encode);
        Set<String> names = message.copy().fieldNames();
        assertEquals(Set.of("type", "stream", "position", "entity"), names);
        assertTrue(message.getString("position").matches("(s\\.|k1:).+"), message::encode);
    }

    private static List<String> positions(TransportListener listener) {
        return listener.all("removed").stream()
                .map(message -> message.getString("position"))
                .toList();
    }

    private static String data(String customer, String status) {
        return new JsonObject()
                .put("customerId", customer)
                .put("status", status)
                .encode();
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", StreamStore.STREAM);
    }

    private TransportListener listen(Transport transport, String user, String role, JsonObject options) {
        TransportListener listener = transport.open(front.uri, front.token(user, role), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }
}
