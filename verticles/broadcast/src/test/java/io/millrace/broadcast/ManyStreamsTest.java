package io.millrace.broadcast;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Many streams in one response of server-sent events: {@code POST /api/sse}. */
@Timeout(60)
class ManyStreamsTest {
    private static final int ROOMS = 40;
    private final BroadcastFixture front = new BroadcastFixture("recent.events", "10");

    ManyStreamsTest() throws Exception {}

    @AfterEach
    void end() {
        front.close();
    }

    @Test
    void fortyStreamsWithLongNamesShareAResponse() {
        try (TransportListener staff = Transport.serverSentEvents(front.uri, front.token("s-1", "staff"), streams())) {
            await().until(() -> of(staff, "subscribed").size() == ROOMS + 1);
            front.store.commit(3);
            // The rooms report joins.
            await().until(() -> staff.ids().containsAll(List.of("1", "2", "3")));
        }
    }

    @Test
    void aStreamThatIsRefusedCostsTheOthersNothingAndIsNamed() {
        JsonArray streams =
                streams().add(new JsonObject()).add(subscription("orders2").put("rate", "fast"));
        try (TransportListener anna = Transport.serverSentEvents(front.uri, front.token("anna", "customer"), streams)) {
            await().until(() -> of(anna, "error").size() == ROOMS + 2);
            front.store.commit("anna", 10);
            await().until(() -> anna.ids().equals(List.of("1")));
            assertEquals("permission_denied", of(anna, "error").get(0).getString("code"));
            assertEquals(room(0), of(anna, "error").get(0).getString("stream"));
            assertEquals("bad_message", of(anna, "error").get(ROOMS + 1).getString("code"));
            assertEquals("orders2", of(anna, "error").get(ROOMS + 1).getString("stream"));
        }
    }

    @Test
    void aBodyWithoutSubscriptionsIsRefused() {
        try (TransportListener staff =
                Transport.serverSentEvents(front.uri, front.token("s-1", "staff"), new JsonArray())) {
            await().until(() -> !of(staff, "error").isEmpty());
            assertEquals("bad_message", of(staff, "error").get(0).getString("code"));
        }
    }

    private static JsonArray streams() {
        JsonArray streams = new JsonArray();
        IntStream.range(0, ROOMS).forEach(room -> streams.add(subscription(room(room))));
        return streams.add(subscription("orders"));
    }

    private static String room(int number) {
        return "room:" + "r".repeat(110) + number;
    }

    private static JsonObject subscription(String stream) {
        return new JsonObject().put("stream", stream);
    }

    private static List<JsonObject> of(TransportListener listener, String type) {
        return listener.messages().stream()
                .filter(message -> type.equals(message.getString("type")))
                .toList();
    }
}
