package io.millrace.sources.gateway;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Much, large, compressed, slow, and often: what is bounded, and what the gateway bounds. */
@Tag("slow")
class GatewayLimitsTest {
    @SuppressWarnings("NullAway.Init")
    private static GatewayFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new GatewayFixture();
    }

    @AfterEach
    void forget() throws Exception {
        List<String> violations = List.copyOf(fixture.gateway.violations);
        fixture.forget();
        assertEquals(List.of(), violations, "the gateway forbids this");
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    /** Messages whose content is taken apart into several frames, of every length of character. */
    private void sendMany(int messages) throws Exception {
        for (int i = 0; i < messages; i++) {
            fixture.gateway.dispatch(
                    "MESSAGE_CREATE",
                    new JsonObject().put("guild_id", "7").put("id", "ä€😀 " + i).put("content", "x".repeat(i * 37)));
        }
    }

    private void assertAllInOrder(int messages) {
        await().atMost(Duration.ofSeconds(20)).until(() -> fixture.published.size() >= messages);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(
                "ä€😀 " + (messages - 1),
                fixture.published.get(messages - 1).getJsonObject("data").getString("message"));
    }

    @Test
    void aMessageMayComeInSeveralFrames() throws Exception {
        fixture.gateway.faults.frameBytes = 11;
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        sendMany(50);
        assertAllInOrder(50);
        assertEquals(1, fixture.gateway.connects.size());
    }

    @Test
    void manyRequestsForAHeartbeatDoNotPassTheLimitOfSends() throws Exception {
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        for (int i = 0; i < 300; i++) {
            fixture.gateway.send(1, null);
        }
        sendMany(2);
        assertAllInOrder(2);
        assertTrue(fixture.gateway.heartbeats.size() <= 105, fixture.gateway.heartbeats::toString);
        assertEquals(1, fixture.gateway.connects.size());
    }

    @Test
    void aZlibStreamIsInflatedAlsoWhereItIsCutAndAfterAReconnect() throws Exception {
        GatewayFixture.Node node = fixture.node(fixture.bot(", compress: true"));
        await().until(node::isRunning);
        assertEquals(
                List.of("/gateway?v=10&encoding=json&compress=zlib-stream"), List.copyOf(fixture.gateway.connects));
        sendMany(50);
        fixture.gateway.faults.frameBytes = 7;
        sendMany(50);
        fixture.gateway.send(7, null);
        await().until(() -> node.sessions("resumed") == 1);
        sendMany(50);
        await().until(() -> fixture.published.size() == 150);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
    }

    @Test
    void aFrameThatInflatesToTooMuchIsNotInflated() throws Exception {
        // The stand-in compresses these 30 MB on its event loop, which hears no heartbeat meanwhile.
        fixture.gateway.faults.heartbeatMs = 20_000;
        GatewayFixture.Node node = fixture.node(fixture.bot(", compress: true"));
        await().until(node::isRunning);
        fixture.gateway.dispatch(
                "MESSAGE_CREATE", new JsonObject().put("guild_id", "7").put("content", " ".repeat(30 << 20)));
        fixture.gateway.message("7", 2);
        await().until(() -> fixture.published.size() == 1);
        assertEquals(1, node.count("millrace.source.messages", "unreadable"));
        assertEquals(fixture.gateway.dispatched.get(1), fixture.ids().get(0));
    }

    @Test
    void tenThousandAtOnceAreTakenInTheirOrder() throws Exception {
        fixture.settings = new GatewaySourceSettings(500, 16 << 20, 1 << 20);
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        for (int i = 0; i < 10_000; i++) {
            fixture.gateway.message("7", i);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> fixture.published.size() >= 10_000);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.connects.size());
    }

    @Test
    void whileNothingIsTakenWhatWaitsIsBoundedAndTheHeartBeats() throws Exception {
        fixture.settings = new GatewaySourceSettings(50, 16 << 20, 1 << 20);
        fixture.gateway.faults.heartbeatMs = 1_500;
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        fixture.ingest = event -> Future.failedFuture(GatewayFixture.away());
        for (int i = 0; i < 500; i++) {
            fixture.gateway.message("7", i);
        }
        await().until(() -> node.waiting() >= 50);
        int beats = fixture.gateway.heartbeats.size();
        await().until(() -> fixture.gateway.heartbeats.size() > beats);
        assertTrue(node.waiting() <= 50, () -> "" + node.waiting());
        assertTrue(node.problem().contains("its messages wait: PostgreSQL is away"), node::problem);
        fixture.ingest = event -> null;
        await().atMost(Duration.ofSeconds(30)).until(() -> fixture.published.size() >= 500);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Test
    void whatIsNotTakenForLongerThanTheGatewayWaitsIsResumedLater() throws Exception {
        fixture.settings = new GatewaySourceSettings(50, 16 << 20, 1 << 20);
        fixture.gateway.faults.heartbeatMs = 300;
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        fixture.ingest = event -> Future.failedFuture(GatewayFixture.away());
        for (int i = 0; i < 500; i++) {
            fixture.gateway.message("7", i);
        }
        await().until(() -> fixture.gateway.connections() == 0);
        await().until(() -> node.problem().contains("it resumes the session when they are"));
        assertTrue(node.waiting() <= 50, () -> "" + node.waiting());
        fixture.gateway.message("7", 500);
        fixture.ingest = event -> null;
        await().until(() -> fixture.published.size() >= 501);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.identifies.size());
        assertEquals(0, node.sessions("lost"));
    }

    @Test
    void aBotThatHasIdentifiedAsOftenAsItMayWaits() throws Exception {
        fixture.gateway.faults.remaining = 0;
        fixture.gateway.faults.resetAfterMs = 1_000;
        GatewayFixture.Node node = fixture.node();
        await().until(() -> node.problem().contains("the bot has identified as often as it may: it waits until"));
        assertEquals(0, fixture.gateway.identifies.size());
        fixture.gateway.faults.remaining = 1;
        await().until(node::isRunning);
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Test
    void shardsAreSpreadOverTheNodesAndIdentifyOneAfterTheOther() throws Exception {
        String bot = fixture.bot(", shards: 4");
        GatewayFixture.Node first = fixture.node(bot);
        GatewayFixture.Node second = fixture.node(bot);
        await().atMost(Duration.ofSeconds(20)).until(() -> first.running() + second.running() == 4);
        await().atMost(Duration.ofSeconds(20)).until(() -> first.running() == 2 && second.running() == 2);
        Set<Integer> shards = fixture.gateway.identifies.stream()
                .map(identify -> identify.getJsonArray("shard").getInteger(0))
                .collect(Collectors.toSet());
        assertEquals(Set.of(0, 1, 2, 3), shards);
        assertEquals(4, fixture.gateway.identifies.size());
        for (long guild = 0; guild < 8; guild++) {
            fixture.gateway.message(String.valueOf(guild << 22), (int) guild);
        }
        await().until(() -> fixture.published.size() == 8);
        second.die();
        fixture.gateway.message("0", 8);
        await().atMost(Duration.ofSeconds(20)).until(() -> first.running() == 4);
        for (long guild = 0; guild < 8; guild++) {
            fixture.gateway.message(String.valueOf(guild << 22), (int) guild);
        }
        await().atMost(Duration.ofSeconds(20))
                .until(() -> new HashSet<>(fixture.ids()).containsAll(fixture.gateway.dispatched));
        assertEquals(4, fixture.gateway.identifies.size(), "every session is resumed");
        assertEquals(0, first.sessions("lost"));
    }

    @Test
    void anotherChoiceOfIntentsBeginsANewSession() throws Exception {
        GatewayFixture.Node first = fixture.node();
        await().until(first::isRunning);
        first.stop();
        GatewayFixture.Node second = fixture.node(fixture.bot("").replace("GUILD_MESSAGES", "GUILD_MEMBERS"));
        await().until(second::isRunning);
        assertEquals(2, fixture.gateway.identifies.size());
        assertTrue(second.problem().contains("the file names other intents or shards than before"), second::problem);
    }
}
