package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** Who is there, over two broadcast nodes, and when one of them dies. */
@Order(24)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class PresenceTest {
    private static final Duration GONE = Duration.ofSeconds(15);

    private final Pipeline pipeline;
    private final String room = Shop.unique("r");
    private final String stream = "room:" + room;

    PresenceTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void thePeopleOfANodeThatDiesLeaveAndTheOthersStay() {
        MillraceProcess second = pipeline.add("broadcast").get(0);
        try (SocketClient watcher = open(pipeline.broadcast(), "watcher", stream);
                SocketClient here = open(pipeline.broadcast(), "bert", stream);
                SocketClient there = open(second, "anna", stream);
                SocketClient alsoThere = open(second, "bert", stream)) {
            StreamLog log = watcher.log(stream);
            await().until(() -> told(log, "room:joined").containsAll(List.of("anna", "bert")));
            await().until(() -> people(watcher).equals(List.of("anna", "bert", "watcher")));
            assertEquals(people(watcher), people(there));
            await().until(() -> connections(pipeline.broadcast(), "player") == 4);
            assertEquals(4, connections(second, "player"));
            assertEquals(true, alsoThere.isOpen());

            second.kill();
            await().atMost(GONE).until(() -> told(log, "room:left").equals(List.of("anna")));
            assertEquals(List.of("bert", "watcher"), people(watcher));
            assertEquals(true, here.isOpen());
            assertEquals(2, connections(pipeline.broadcast(), "player"));
        } finally {
            second.close();
        }
    }

    private SocketClient open(MillraceProcess node, String user, String followed) {
        JsonObject rooms = new JsonObject().put("rooms", new JsonArray().add(room));
        return SocketClient.open(node.uri("/api/ws"), pipeline.signer().token(user, rooms, "player"), followed);
    }

    private List<String> people(SocketClient client) {
        long asked = answers(client);
        client.send(
                new JsonObject().put("type", "presence").put("stream", stream).encode());
        await().until(() -> answers(client) > asked);
        return Objects.requireNonNull(client.last("presence")).getJsonArray("users").stream()
                .map(user -> ((JsonObject) user).getString("user"))
                .toList();
    }

    private static long answers(SocketClient client) {
        return client.others().stream()
                .filter(message -> "presence".equals(message.getString("type")))
                .count();
    }

    private int connections(MillraceProcess node, String role) {
        ApiResponse stats =
                new ApiClient(node.uri("/"), pipeline.signer().token("operator", "admin")).get("/api/ws/stats");
        assertEquals(200, stats.status(), stats::toString);
        return stats.json().getJsonObject("byRole").getInteger(role, 0);
    }

    private static List<String> told(StreamLog log, String type) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data"))
                .filter(data -> type.equals(data.getString("type")))
                .map(data -> data.getJsonObject("data").getString("playerId"))
                .toList();
    }
}
