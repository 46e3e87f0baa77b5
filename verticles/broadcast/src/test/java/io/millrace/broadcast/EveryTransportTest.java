package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The promises that hold on every transport. */
@Tag("slow")
@Timeout(60)
class EveryTransportTest {
    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10");

    EveryTransportTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @ParameterizedTest
    @EnumSource
    void eventsComeInOrder(Transport transport) {
        try (TransportListener staff = listen(transport, "s-1", "staff", options())) {
            front.store.commit(20);
            awaitIds(staff, 1, 20);
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotOnesOwnIsNotSent(Transport transport) {
        try (TransportListener anna = listen(transport, "anna", "customer", options())) {
            front.store.commit("bert", 10);
            front.store.commit("anna", 10);
            await().until(() -> anna.ids().equals(List.of("2")));
            assertTrue(anna.events().get(0).getString("position").startsWith("s."));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSubscriptionWithoutPermissionIsRefused(Transport transport) {
        try (TransportListener stranger = transport.open(front.uri, front.token("x", "public"), options())) {
            await().until(() -> stranger.first("error") != null);
            assertEquals("permission_denied", error(stranger));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aFilterKeepsBackWhatItDoesNotMatch(Transport transport) {
        JsonObject filter = new JsonObject().put("data.total", new JsonObject().put("gte", 100));
        try (TransportListener staff =
                listen(transport, "s-1", "staff", options().put("filter", filter))) {
            for (int total : new int[] {50, 100, 20, 170}) {
                front.store.change("o-1", "{\"total\":" + total + "}");
            }
            await().until(() -> staff.ids().equals(List.of("2", "4")));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInvalidFilterIsRefused(Transport transport) {
        JsonObject filter = new JsonObject().put("data.total", new JsonObject().put("matches", "(a+)+$"));
        try (TransportListener staff =
                transport.open(front.uri, front.token("s-1", "staff"), options().put("filter", filter))) {
            await().until(() -> staff.first("error") != null);
            assertEquals("bad_message", error(staff));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aResumeContinuesAfterTheGivenPosition(Transport transport) {
        front.store.commit(50);
        try (TransportListener staff =
                listen(transport, "s-1", "staff", options().put("after", "k1:20"))) {
            front.store.commit(5);
            awaitIds(staff, 21, 55);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLateComerMayAskFromTheBeginningOrFromATime(Transport transport) {
        for (int i = 0; i < 30; i++) {
            front.store.change("o-" + i, "{\"total\":1}");
        }
        try (TransportListener all = listen(transport, "s-1", "staff", options().put("after", "beginning"));
                TransportListener late =
                        listen(transport, "s-1", "staff", options().put("after", "1970-01-01T00:00:21Z"))) {
            awaitIds(all, 1, 30);
            awaitIds(late, 21, 30);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anUnknownPositionStartsAtTheHeadAndSaysSo(Transport transport) {
        front.store.commit(3);
        try (TransportListener staff =
                listen(transport, "s-1", "staff", options().put("after", "k0:2"))) {
            assertFalse(Objects.requireNonNull(staff.first("subscribed")).getBoolean("recovered"));
            front.store.commit(1);
            awaitIds(staff, 4, 4);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPositionWhoseEventsAreRemovedIsFollowedByAGapAndThenByWhatIsKept(Transport transport) {
        front.store.commit(30);
        front.store.forget(12);
        try (TransportListener staff =
                listen(transport, "s-1", "staff", options().put("after", "k1:5"))) {
            awaitIds(staff, 13, 30);
            front.store.commit(1);
            awaitIds(staff, 13, 31);
            assertGap(transport, staff, 6, 12);
        }
        front.store.forget(31);
        try (TransportListener staff =
                listen(transport, "s-2", "staff", options().put("after", "k1:5"))) {
            await().until(() -> isPoll(transport) || !staff.all("gap").isEmpty());
            front.store.commit(1);
            awaitIds(staff, 32, 32);
            assertGap(transport, staff, 6, 31);
        }
        try (TransportListener staff =
                listen(transport, "s-3", "staff", options().put("after", "k1:31"))) {
            awaitIds(staff, 32, 32);
            assertTrue(Objects.requireNonNull(staff.first("subscribed")).getBoolean("recovered"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoeverSeesAPartIsToldOfAGapOnce(Transport transport) {
        front.store.commit("anna", 10);
        try (TransportListener anna =
                listen(transport, "anna", "customer", options().put("after", "beginning"))) {
            awaitIds(anna, 1, 1);
            String after = anna.events().get(0).getString("position");
            front.store.commit(20);
            front.store.commit("anna", 10);
            front.store.forget(5);
            try (TransportListener back =
                    listen(transport, "anna", "customer", options().put("after", after))) {
                awaitIds(back, 22, 22);
                assertFalse(Objects.requireNonNull(back.first("subscribed")).getBoolean("recovered"));
                assertEquals(isPoll(transport) ? 0 : 1, back.all("gap").size());
            }
        }
    }

    private static boolean isPoll(Transport transport) {
        return transport == Transport.POLL || transport == Transport.POLL_POSTED;
    }

    /** A poll has no messages but events: it says it by its answer. */
    private static void assertGap(Transport transport, TransportListener listener, int from, int to) {
        JsonObject subscribed = Objects.requireNonNull(listener.first("subscribed"));
        assertFalse(subscribed.getBoolean("recovered"));
        if (isPoll(transport)) {
            assertEquals("k1:" + to, subscribed.getString("position"));
            return;
        }
        assertEquals(
                List.of(new JsonObject()
                        .put("type", "gap")
                        .put("stream", StreamStore.STREAM)
                        .put("from", "k1:" + from)
                        .put("to", "k1:" + to)
                        .put("reason", "history")),
                listener.all("gap"));
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", StreamStore.STREAM);
    }

    private TransportListener listen(Transport transport, String user, String role, JsonObject options) {
        TransportListener listener = transport.open(front.uri, front.token(user, role), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }

    private static String error(TransportListener listener) {
        return Objects.requireNonNull(listener.first("error")).getString("code");
    }

    private static void awaitIds(TransportListener listener, int first, int last) {
        List<String> expected =
                IntStream.rangeClosed(first, last).mapToObj(id -> "" + id).toList();
        await().until(() -> listener.ids().size() >= expected.size());
        assertEquals(expected, listener.ids());
    }
}
