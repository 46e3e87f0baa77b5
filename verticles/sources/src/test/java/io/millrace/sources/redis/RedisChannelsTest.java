package io.millrace.sources.redis;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Channels, patterns and sharded channels of a real Redis. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class RedisChannelsTest {
    private static final String HEAD =
            """
            source: chat
            as: { user: chat, roles: [webhook] }
            """;

    private static final String EVENTS =
            """
            events:
              - type: repo:pushed
                when: { "#pattern": { empty: true } }
                id: "{#id}"
                data: { at: "{#channel}", text: "{text}" }
              - type: repo:starred
                when: { "#pattern": { empty: false } }
                id: "{#id}"
                data: { at: "{#channel}", by: "{#pattern}" }
            """;

    private static final String CHANNELS = HEAD + "redis: { channels: [news, room.1] }\n" + EVENTS;

    private static RedisFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new RedisFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    @Test
    void whatIsPublishedOnChannelsPatternsAndShardsBecomesEvents() throws Exception {
        RedisFixture.Node node = fixture.node(
                HEAD + "redis: { channels: [news], patterns: ['room.*', 'user:?'], sharded: [slot] }\n" + EVENTS);
        await().until(node::isRunning);
        assertEquals(1, publish("news", "{'text':'one'}"));
        assertEquals(1, publish("room.7", "{'text':'two'}"));
        assertEquals(1, publish("user:x", "{'text':'three'}"));
        assertEquals(1, fixture.number(Command.SPUBLISH, "slot", "{\"text\":\"four\"}"));
        assertEquals(0, publish("elsewhere", "{'text':'none'}"));
        await().until(() -> fixture.published.size() == 4);
        assertEquals("repo:pushed", fixture.published.get(0).getString("type"));
        assertEquals(new JsonObject().put("at", "news").put("text", "one"), data(0));
        assertEquals(new JsonObject().put("at", "room.7").put("by", "room.*"), data(1));
        assertEquals(new JsonObject().put("at", "user:x").put("by", "user:?"), data(2));
        assertEquals(new JsonObject().put("at", "slot").put("text", "four"), data(3));
        assertEquals(4, new HashSet<>(fixture.ids()).size());
        assertEquals(7, UUID.fromString(fixture.ids().get(0)).version());
    }

    @Test
    void whatIsNoJsonIsADeadLetterThatTellsItsChannel() throws Exception {
        RedisFixture.Node node = fixture.node(CHANNELS);
        await().until(node::isRunning);
        publish("news", "no JSON");
        publish("news", "{'other':1}");
        publish("room.1", "{'text':'good'}");
        await().until(() -> fixture.published.size() == 1 && fixture.dead.size() == 2);
        assertEquals("news", fixture.dead.get(0).place());
        assertEquals("news", fixture.dead.get(0).attributes().get("#channel"));
        assertEquals("no JSON", new String(fixture.dead.get(0).record(), java.nio.charset.StandardCharsets.UTF_8));
        assertTrue(fixture.dead.get(0).timeMs() > 0);
    }

    @Test
    void afterRedisWasAwayTheSubscriptionsAreThereAgainAndTheTimeBetweenIsTold() throws Exception {
        RedisFixture.Node node = fixture.node(CHANNELS);
        await().until(node::isRunning);
        publish("news", "{'text':'before'}");
        await().until(() -> fixture.published.size() == 1);
        fixture.redis.kill();
        await().until(() -> node.problem().contains("failing: Redis at 127.0.0.1:" + fixture.redis.port()));
        fixture.redis.restart();
        await().until(node::isRunning);
        await().until(() -> node.problem().startsWith("messages of pub/sub may have been missed between 20"));
        publish("room.1", "{'text':'after'}");
        await().until(() -> fixture.published.size() == 2);
        assertTrue(node.metrics.get("millrace.source.restarts").counter().count() >= 1);
    }

    @Test
    void theNodeThatTakesOverTellsSinceWhenNobodyListened() throws Exception {
        RedisFixture.Node first = fixture.node(CHANNELS);
        await().until(first::isRunning);
        RedisFixture.Node second = fixture.node(CHANNELS);
        first.stop();
        await().until(second::isRunning);
        await().until(() -> second.problem().startsWith("messages of pub/sub may have been missed between 20"));
        fixture.awaitListeners(1);
        assertEquals(1, publish("news", "{'text':'once'}"), "the first listens no more");
        await().until(() -> fixture.published.size() == 1);
    }

    @Test
    void whatComesFasterThanItIsTakenIsDroppedCountedAndToldAndTheRestIsTakenLater() throws Exception {
        RedisFixture.Node node = fixture.node(CHANNELS, 10, Map.of());
        await().until(node::isRunning);
        fixture.ingest = event -> Future.failedFuture(RedisFixture.away());
        for (int i = 0; i < 50; i++) {
            publish("news", "{'text':'" + i + "'}");
        }
        await().until(() -> node.waiting() == 10 && node.messages("dropped") > 0);
        assertTrue(node.problem().contains("messages were dropped between 20"), node::problem);
        assertTrue(node.problem().contains("its messages wait: PostgreSQL is away"), node::problem);
        fixture.ingest = event -> null;
        await().until(() -> fixture.ids().size() + node.messages("dropped") == 50);
        assertEquals(fixture.published.size(), fixture.ids().size(), "each once");
        await().until(() -> !node.problem().contains("its messages wait"));
    }

    @Test
    void whatWaitsIsTakenBeforeANodeStops() throws Exception {
        RedisFixture.Node node = fixture.node(CHANNELS);
        await().until(node::isRunning);
        fixture.ingest = event -> Future.failedFuture(RedisFixture.away());
        for (int i = 0; i < 20; i++) {
            publish("news", "{'text':'" + i + "'}");
        }
        await().until(() -> node.waiting() > 0);
        fixture.ingest = event -> null;
        node.stop();
        assertEquals(20, fixture.ids().size());
    }

    @Test
    void aPasswordComesFromTheEnvironmentAndWhatRedisRefusesIsToldWithWhatToDo() throws Exception {
        fixture.command(Command.ACL, "SETUSER", "reader", "on", ">secret-1", "&news", "+subscribe", "+hello", "+ping");
        String reader = HEAD + "redis: { uri: 'redis://reader@127.0.0.1:" + fixture.redis.port()
                + "', password: CHAT_REDIS_PASSWORD, channels: [%s] }\n" + EVENTS;
        RedisFixture.Node wrong = fixture.node(reader.formatted("news"), 10, Map.of("CHAT_REDIS_PASSWORD", "secret-2"));
        await().until(() -> wrong.problem().contains("refuses the user or the password: look at uri and password"));
        wrong.stop();
        RedisFixture.Node denied =
                fixture.node(reader.formatted("secrets"), 10, Map.of("CHAT_REDIS_PASSWORD", "secret-1"));
        await().until(() -> denied.problem().contains("doesn't permit it: ACL SETUSER"));
        denied.stop();
        RedisFixture.Node right = fixture.node(reader.formatted("news"), 10, Map.of("CHAT_REDIS_PASSWORD", "secret-1"));
        await().until(right::isRunning);
        publish("news", "{'text':'heard'}");
        await().until(() -> fixture.published.size() == 1);
        for (RedisFixture.Node node : List.of(wrong, denied, right)) {
            assertTrue(!node.problem().contains("secret"), node::problem);
        }
    }

    private long publish(String channel, String json) throws Exception {
        return fixture.number(Command.PUBLISH, channel, json.replace('\'', '"'));
    }

    private JsonObject data(int index) {
        return fixture.published.get(index).getJsonObject("data");
    }
}
