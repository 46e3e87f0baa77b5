package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The options that reduce what a subscription gets: rate, delta and state. */
@Timeout(60)
class ShapingTest {
    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10", "position.every", "1s");

    ShapingTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void atARateTheNewestOfEachEntityIsSentAndPositionsStillRise() {
        try (TransportListener paced = listen(options().put("rate", 2));
                TransportListener all = listen(options())) {
            for (int i = 1; i <= 200; i++) {
                front.store.change("o-" + i % 3, order("o-" + i % 3, i));
            }
            await().until(() -> all.ids().size() == 200);
            await().until(() -> newest(paced.events()).equals(newest(all.events())));
            List<Integer> ids = paced.ids().stream().map(Integer::parseInt).toList();
            assertEquals(ids.stream().sorted().toList(), ids);
            assertTrue(ids.size() < 20, () -> "of 200 as many as " + ids.size());
            assertTrue(front.counter("millrace.broadcast.conflated") > 150);
        }
    }

    @Test
    void atARateAClientThatJoinsWithinAnIntervalGetsTheTransientEventsAfterItJoined() {
        try (TransportListener paced = listen(options().put("rate", 0.5));
                TransportListener all = listen(options())) {
            front.store.change("o-1", order("o-1", 1));
            await().until(() -> paced.ids().equals(List.of("1")));
            front.store.change("o-2", order("o-2", 2));
            front.store.announce("1000");
            await().until(() -> all.ids().equals(List.of("1", "2", "1000")));
            try (TransportListener late = listen(options().put("rate", 0.5))) {
                front.store.announce("1001");
                front.store.change("o-2", order("o-2", 3));
                await().until(() -> paced.ids().equals(List.of("1", "1000", "1001", "3")));
                await().until(() -> late.ids().contains("3"));
                assertEquals(List.of("1001", "3"), late.ids());
            }
        }
    }

    @Test
    void atARateAResumeGetsTheNewestOfEachMissedEntity() {
        for (int i = 1; i <= 100; i++) {
            front.store.change("o-" + i % 3, order("o-" + i % 3, i));
        }
        try (TransportListener paced = listen(options().put("rate", 2).put("after", "k1:10"))) {
            await().until(() -> paced.events().size() == 3);
            assertEquals(List.of("98", "99", "100"), paced.ids());
        }
    }

    @Test
    void deltasMakeTheStatesThatTheEventsMade() {
        try (TransportListener deltas = listen(options().put("delta", true));
                TransportListener all = listen(options())) {
            front.store.change(
                    "o-1", "{\"order\":\"o-1\",\"total\":1,\"address\":{\"city\":\"Wien\",\"zip\":\"1010\"}}");
            front.store.change(
                    "o-1", "{\"order\":\"o-1\",\"total\":2,\"address\":{\"city\":\"Wien\",\"zip\":\"1020\"}}");
            front.store.change("o-2", "{\"order\":\"o-2\",\"total\":7,\"remarks\":\"" + "x".repeat(200) + "\"}");
            front.store.change("o-2", "{\"order\":\"o-2\",\"total\":8,\"remarks\":\"" + "x".repeat(200) + "\"}");
            front.store.change("o-1", "{\"order\":\"o-1\",\"total\":3,\"address\":null,\"lines\":[1,2]}");
            await().until(() -> all.ids().size() == 5 && deltas.ids().size() == 5);
            assertEquals(newest(all.events()), applied(deltas.events(), new HashMap<>()));
            JsonObject second = deltas.events().get(3).getJsonObject("data");
            assertEquals(new JsonObject().put("total", 8), second.getJsonObject("patch"));
            assertEquals(2, second.getInteger("version"));
            assertFalse(second.containsKey("data"));
        }
    }

    @Test
    void aLaterSubscriberGetsAnEntityWholeBeforeItsPatches() {
        try (TransportListener first = listen(options().put("delta", true))) {
            front.store.change("o-1", "{\"order\":\"o-1\",\"total\":1,\"remarks\":\"" + "x".repeat(200) + "\"}");
            await().until(() -> first.ids().size() == 1);
            try (TransportListener late = listen(options().put("delta", true))) {
                front.store.change("o-1", "{\"order\":\"o-1\",\"total\":2,\"remarks\":\"" + "x".repeat(200) + "\"}");
                front.store.change("o-1", "{\"order\":\"o-1\",\"total\":3,\"remarks\":\"" + "x".repeat(200) + "\"}");
                await().until(() -> late.ids().size() == 2 && first.ids().size() == 3);
                assertEquals(applied(first.events(), new HashMap<>()), applied(late.events(), new HashMap<>()));
                assertTrue(late.events().get(0).getJsonObject("data").containsKey("state"));
                assertTrue(late.events().get(1).getJsonObject("data").containsKey("patch"));
                assertTrue(first.events().get(1).getJsonObject("data").containsKey("patch"));
            }
        }
    }

    @Test
    void deltasAfterALongAbsenceBeginWithStates() {
        for (int i = 1; i <= 40; i++) {
            front.store.change("o-" + i % 2, order("o-" + i % 2, i));
        }
        try (TransportListener deltas = listen(options().put("delta", true).put("after", "k1:5"))) {
            await().until(() -> deltas.ids().size() == 35);
            front.store.change("o-1", "{\"order\":\"o-1\",\"total\":41}");
            await().until(() -> deltas.ids().size() == 36);
            assertEquals(
                    Map.of("o-0", new JsonObject(order("o-0", 40)), "o-1", new JsonObject(order("o-1", 41))),
                    applied(deltas.events(), new HashMap<>()));
        }
    }

    @Test
    void theStateComesFirstAndThenWhatCameAfterIt() {
        for (int i = 1; i <= 20; i++) {
            front.store.change("o-" + i % 4, order("o-" + i % 4, i));
        }
        try (TransportListener staff = listen(options().put("state", true).put("delta", true))) {
            await().until(() -> staff.first("state") != null);
            JsonObject state = Objects.requireNonNull(staff.first("state"));
            assertEquals("k1:20", state.getString("position"));
            assertEquals(false, state.getBoolean("more"));
            Map<String, JsonObject> known = new HashMap<>();
            JsonArray entities = state.getJsonArray("entities");
            entities.forEach(entity ->
                    known.put(((JsonObject) entity).getString("id"), ((JsonObject) entity).getJsonObject("state")));
            assertEquals(Set.of("o-0", "o-1", "o-2", "o-3"), known.keySet());
            front.store.change("o-1", "{\"order\":\"o-1\",\"total\":100}");
            await().until(() -> staff.ids().equals(List.of("21")));
            assertEquals(
                    100,
                    Objects.requireNonNull(applied(staff.events(), known).get("o-1"))
                            .getInteger("total"));
        }
    }

    @Test
    void theStateHoldsOnlyWhatTheFilterWants() {
        for (int i = 1; i <= 20; i++) {
            front.store.change("o-" + i, order("o-" + i, i));
        }
        JsonObject filter = new JsonObject().put("data.total", new JsonObject().put("gt", 18));
        try (TransportListener staff = listen(options().put("state", true).put("filter", filter))) {
            await().until(() -> staff.first("state") != null);
            assertEquals(
                    2,
                    Objects.requireNonNull(staff.first("state"))
                            .getJsonArray("entities")
                            .size());
        }
    }

    @Test
    void aClientWhoseFilterMatchesNothingIsSentItsPosition() {
        JsonObject filter = new JsonObject().put("data.total", -1);
        try (TransportListener staff = listen(options().put("filter", filter))) {
            front.store.commit(30);
            await().until(() -> staff.messages().stream()
                    .anyMatch(message -> "position".equals(message.getString("type"))
                            && "k1:30".equals(message.getString("position"))));
            assertNull(staff.first("update"));
        }
    }

    @Test
    void aNewFilterTakesTheOldOnesPlaceWithoutGapOrRepeat() throws InterruptedException {
        try (SocketClient staff = front.connect("s-1", "staff")) {
            JsonObject subscribe = options().put("type", "subscribe");
            StreamLog log = staff.subscribe(StreamStore.STREAM);
            Thread writer = new Thread(() ->
                    IntStream.rangeClosed(1, 2_000).forEach(i -> front.store.change("o-" + i, order("o-" + i, i))));
            writer.start();
            for (int i = 0; i < 20; i++) {
                JsonObject filter = new JsonObject().put("data.total", new JsonObject().put("gte", i % 2));
                staff.send(subscribe.copy().put("filter", filter).encode());
            }
            writer.join();
            await().untilAsserted(() -> assertEquals(2_000, log.ids().size()));
            assertEquals(IntStream.rangeClosed(1, 2_000).mapToObj(i -> "" + i).toList(), log.ids());
        }
    }

    private static Map<String, JsonObject> newest(List<JsonObject> events) {
        return events.stream()
                .map(event -> event.getJsonObject("data").getJsonObject("data"))
                .collect(Collectors.toMap(data -> data.getString("order"), data -> data, (before, now) -> now));
    }

    private static String order(String id, int total) {
        return new JsonObject().put("order", id).put("total", total).encode();
    }

    /** The states of a client that applies every message as RFC 7396 says. */
    private static Map<String, JsonObject> applied(List<JsonObject> events, Map<String, JsonObject> known) {
        for (JsonObject event : events) {
            JsonObject data = event.getJsonObject("data");
            if (data.containsKey("data")) {
                continue;
            }
            String id = data.getJsonObject("entity").getString("id");
            if (data.containsKey("state")) {
                known.put(id, data.getJsonObject("state"));
            } else {
                known.put(id, patched(known.getOrDefault(id, new JsonObject()), data.getJsonObject("patch")));
            }
        }
        return known;
    }

    private static JsonObject patched(JsonObject target, JsonObject patch) {
        JsonObject merged = target.copy();
        patch.forEach(member -> {
            if (member.getValue() == null) {
                merged.remove(member.getKey());
            } else if (member.getValue() instanceof JsonObject inner
                    && merged.getValue(member.getKey()) instanceof JsonObject known) {
                merged.put(member.getKey(), patched(known, inner));
            } else {
                merged.put(member.getKey(), member.getValue());
            }
        });
        return merged;
    }

    private static JsonObject options() {
        return new JsonObject().put("stream", StreamStore.STREAM);
    }

    private TransportListener listen(JsonObject options) {
        TransportListener listener = Transport.WEBSOCKET.open(front.uri, front.token("s-1", "staff"), options);
        await().until(() -> listener.first("subscribed") != null);
        return listener;
    }
}
