package io.millrace.sources.gateway;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A bot's session with a gateway that behaves: it is begun, kept alive, resumed, and moved from node to node. */
@Tag("slow")
class GatewaySessionTest {
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

    @Test
    void dispatchesAreEventsInTheirOrder() throws Exception {
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        for (int i = 0; i < 300; i++) {
            fixture.gateway.message("7", i);
        }
        await().until(() -> fixture.published.size() == 300);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.identifies.size());
        JsonObject identify = fixture.gateway.identifies.get(0);
        assertEquals(1 + 512, identify.getLong("intents"));
        assertEquals(new JsonArray().add(0).add(1), identify.getJsonArray("shard"));
        assertEquals("millrace", identify.getJsonObject("properties").getString("browser"));
        assertEquals(List.of("/gateway?v=10&encoding=json"), fixture.gateway.connects);
        assertEquals(1, node.sessions("identified"));
        assertEquals("null", node.problem());
    }

    @Test
    void theHeartBeatsWithTheLastSequenceThatCame() throws Exception {
        fixture.gateway.faults.heartbeatMs = 300;
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        fixture.gateway.message("7", 1);
        await().until(() -> fixture.gateway.heartbeats.contains(2L));
        fixture.ingest = event -> Future.failedFuture(GatewayFixture.away());
        fixture.gateway.message("7", 2);
        await().until(() -> fixture.gateway.heartbeats.contains(3L));
        fixture.ingest = event -> null;
        await().until(() -> fixture.published.size() == 2);
        fixture.gateway.send(1, null);
        int before = fixture.gateway.heartbeats.size();
        await().until(() -> fixture.gateway.heartbeats.size() > before);
    }

    @Test
    void theSessionIsResumedByTheSameNodeWhereItWas() throws Exception {
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        fixture.gateway.message("7", 1);
        await().until(() -> fixture.published.size() == 1);
        fixture.gateway.send(7, null);
        fixture.gateway.message("7", 2);
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.message("7", 3);
        await().until(() -> fixture.published.size() == 3);
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.identifies.size());
        assertEquals(2, fixture.gateway.resumes.get(0).getLong("seq"), "behind READY and the first message");
        assertTrue(
                fixture.gateway.closes.stream().noneMatch(code -> code == 1000 || code == 1001),
                fixture.gateway.closes::toString);
    }

    @Test
    void anotherNodeResumesTheSessionOfOneThatStops() throws Exception {
        GatewayFixture.Node first = fixture.node();
        await().until(first::isRunning);
        fixture.gateway.message("7", 1);
        await().until(() -> fixture.published.size() == 1);
        GatewayFixture.Node second = fixture.node();
        first.stop();
        fixture.gateway.message("7", 2);
        await().until(() -> fixture.published.size() == 2);
        assertEquals(1, second.sessions("resumed"));
        assertEquals(fixture.gateway.dispatched, fixture.ids());
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Test
    void ofNodesThatDieInTurnNothingIsLostAndARepeatIsTheSameEvent() throws Exception {
        GatewayFixture.Node first = fixture.node();
        await().until(first::isRunning);
        GatewayFixture.Node second = fixture.node();
        int number = 0;
        for (GatewayFixture.Node dying : List.of(first, second)) {
            await().until(dying::isRunning);
            for (int i = 0; i < 200; i++) {
                fixture.gateway.message("7", number++);
            }
            dying.die();
            for (int i = 0; i < 200; i++) {
                fixture.gateway.message("7", number++);
            }
            if (dying == first) {
                await().until(second::isRunning);
            }
        }
        GatewayFixture.Node third = fixture.node();
        await().until(() -> new HashSet<>(fixture.ids()).containsAll(fixture.gateway.dispatched));
        assertEquals(800, fixture.gateway.dispatched.size(), "the gateway kept them all");
        assertEquals(new HashSet<>(fixture.gateway.dispatched), new HashSet<>(fixture.ids()));
        assertEquals(1, fixture.gateway.identifies.size(), "the session is the same");
        assertEquals("null", third.problem(), "nothing is missing");
    }
}
