package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * A program that knows nothing of Millrace publishes on Redis, and clients get what their filters let through, by the
 * example conf/sources/redis.yaml.example.
 */
@Order(5)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class RedisSourceTest {
    private final Pipeline pipeline;
    private final RedisAccess redis;
    private final String game = Shop.unique("g");
    private final String stream = "game:" + game;

    RedisSourceTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.redis = new RedisAccess(pipeline.backends().redisUri());
        await().until(() -> redis.ask("PUBSUB", "NUMPAT").equals(List.of("1")));
    }

    @Test
    void whatIsPublishedOnAChannelReachesEachClientThatFiltersForIt() {
        try (SocketClient ann = client("ann");
                SocketClient ben = client("ben");
                SocketClient both = client("both")) {
            StreamLog annsView = subscribe(ann, new JsonObject().put("data.playerId", "ann"));
            StreamLog bensView = subscribe(ben, new JsonObject().put("data.playerId", "ben"));
            StreamLog all = subscribe(both, null);

            for (String player : List.of("ann", "ben", "ann")) {
                JsonObject scored = new JsonObject()
                        .put("event", "scored")
                        .put("game", game)
                        .put("player", player)
                        .put("scores", new JsonObject().put(player, 10));
                assertEquals(List.of("1"), redis.ask("PUBLISH", "game." + game, scored.encode()));
            }

            await().until(() -> all.messages().size() == 3
                    && annsView.messages().size() == 2
                    && bensView.messages().size() == 1);
            assertEquals(List.of("ann", "ben", "ann"), players(all));
            assertEquals(List.of("ann", "ann"), players(annsView));
            assertEquals(List.of("ben"), players(bensView));
        }
    }

    @Test
    void anEntryOfAStreamIsStoredOnceAndWhatIsNoEventIsADeadLetter() {
        try (SocketClient client = client("ann")) {
            StreamLog log = subscribe(client, null);
            redis.ask("XADD", "game-results", "*", "winner", "nobody");
            String id = redis.ask("XADD", "game-results", "*", "game", game, "winner", "ann")
                    .get(0);
            await().until(() -> log.has("game-results/" + id));
            assertEquals(List.of("game-results/" + id), log.ids());
            await().until(() -> redis.ask("XPENDING", "game-results", "millrace-game-server")
                    .get(0)
                    .equals("0"));
        }
        JsonObject state = new ApiClient(pipeline.front().uri("/"), token("ann"))
                .entity("game", game + "?stream=" + stream)
                .json()
                .getJsonObject("state");
        assertEquals("ann", state.getString("winner"));
    }

    private SocketClient client(String user) {
        return SocketClient.open(pipeline.broadcast().uri("/api/ws"), token(user));
    }

    private String token(String user) {
        return pipeline.signer().token(user, new JsonObject().put("games", new JsonArray().add(game)), "spectator");
    }

    private StreamLog subscribe(SocketClient client, JsonObject filter) {
        JsonObject request = new JsonObject().put("type", "subscribe").put("stream", stream);
        StreamLog log = client.subscribe(filter == null ? request : request.put("filter", filter));
        await().until(() -> log.subscribedAt() != null);
        return log;
    }

    private static List<String> players(StreamLog log) {
        return log.messages().stream()
                .map(message -> message.getJsonObject("data").getJsonObject("data"))
                .map(data -> data.getString("playerId"))
                .toList();
    }
}
