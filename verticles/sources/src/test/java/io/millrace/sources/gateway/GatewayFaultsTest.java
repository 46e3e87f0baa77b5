package io.millrace.sources.gateway;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.cluster.TaskStatus.State;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A gateway that misbehaves, refuses, or is gone. */
@Tag("slow")
class GatewayFaultsTest {
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

    private GatewayFixture.Node running() throws Exception {
        GatewayFixture.Node node = fixture.node();
        await().until(node::isRunning);
        fixture.gateway.message("7", 1);
        await().until(() -> fixture.published.size() == 1);
        return node;
    }

    /** That all that the gateway dispatched has become an event, and nothing twice. */
    private void assertAll(int messages) {
        await().until(() -> fixture.published.size() >= messages);
        assertEquals(messages, fixture.gateway.dispatched.size());
        assertEquals(fixture.gateway.dispatched, fixture.ids());
    }

    @Test
    void aHeartbeatThatIsNotAcknowledgedEndsTheConnectionAndTheSessionIsResumed() throws Exception {
        fixture.gateway.faults.heartbeatMs = 300;
        GatewayFixture.Node node = running();
        fixture.gateway.faults.acknowledges = false;
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.faults.acknowledges = true;
        fixture.gateway.message("7", 2);
        assertAll(2);
        assertTrue(fixture.gateway.closes.contains(4000), fixture.gateway.closes::toString);
    }

    @Test
    void aConnectionThatIsHalfOpenIsNoticedByItsHeartbeat() throws Exception {
        fixture.gateway.faults.heartbeatMs = 300;
        GatewayFixture.Node node = running();
        fixture.gateway.freeze();
        fixture.gateway.message("7", 2);
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.message("7", 3);
        assertAll(3);
    }

    @Test
    void afterACloseCodeThatAllowsItTheSessionIsResumed() throws Exception {
        GatewayFixture.Node node = running();
        int closed = 0;
        for (int code : List.of(1000, 1001, 4000, 4001, 4002, 4003, 4005, 4008, 4242)) {
            int times = ++closed;
            fixture.gateway.close(code);
            fixture.gateway.message("7", times);
            await("" + code).until(() -> node.sessions("resumed") == times);
        }
        assertAll(closed + 1);
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @ParameterizedTest
    @CsvSource({
        "4004, it refuses the token: make a new one",
        "4010, look at shards",
        "4011, raise shards",
        "4012, Millrace is too old",
        "4013, look at intents",
        "4014, enable them in Discord's developer portal"
    })
    void aCodeThatForbidsComingBackStopsTheSourceAndTellsWhatToDo(int code, String told) throws Exception {
        fixture.gateway.faults.closeAtIdentify = code;
        GatewayFixture.Node node = fixture.node();
        await().until(() -> node.state() == State.STOPPED);
        assertTrue(node.problem().contains(told), node::problem);
        assertTrue(node.problem().contains("the gateway closed the connection with " + code), node::problem);
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Tag("long")
    @Test
    void aSourceThatHasStoppedIdentifiesNoMoreAndNoOtherNodeDoes() throws Exception {
        fixture.gateway.faults.closeAtIdentify = 4014;
        GatewayFixture.Node node = fixture.node();
        await().until(() -> node.state() == State.STOPPED);
        GatewayFixture.Node other = fixture.node();
        // Several times the longest backoff, and longer than a lease.
        await().during(Duration.ofMillis(4_500)).until(() -> fixture.gateway.identifies.size() == 1);
        assertEquals(State.STOPPED, node.state());
        assertEquals(State.WAITING, other.state());
    }

    @Test
    void aTokenThatTheInterfaceRefusesStopsTheSourceBeforeItIdentifies() throws Exception {
        fixture.gateway.faults.token = "another";
        GatewayFixture.Node node = fixture.node();
        await().until(() -> node.state() == State.STOPPED);
        assertTrue(node.problem().contains("refuses the token"), node::problem);
        assertFalse(node.problem().contains("the token of the tests"), "which isn't shown");
        assertEquals(List.of(), fixture.gateway.identifies);
        assertEquals(1, fixture.gateway.asked.size());
    }

    @ParameterizedTest
    @ValueSource(ints = {4007, 4009})
    void afterACodeThatEndsTheSessionANewOneBeginsAndTellsWhatMayBeMissing(int code) throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.forgetSessions();
        fixture.gateway.close(code);
        await().until(() -> node.sessions("lost") == 1);
        fixture.gateway.message("7", 2);
        assertAll(2);
        assertTrue(node.problem().contains("may be missing"), node::problem);
        assertTrue(node.problem().contains("closed the connection with " + code), node::problem);
        assertEquals(2, fixture.gateway.identifies.size());
        assertEquals(0, fixture.gateway.resumes.size());
    }

    @Test
    void aSessionThatIsInvalidForNowIsResumed() throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.invalidate(true);
        fixture.gateway.message("7", 2);
        await().until(() -> node.sessions("resumed") == 1);
        assertAll(2);
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Test
    void aSessionThatIsInvalidForGoodIsBegunAnewAfterASecond() throws Exception {
        GatewayFixture.Node node = running();
        long began = System.nanoTime();
        fixture.gateway.invalidate(false);
        await().until(() -> node.sessions("lost") == 1);
        long tookMs = (System.nanoTime() - began) / 1_000_000;
        assertTrue(tookMs >= 1_000, () -> tookMs + " ms");
        fixture.gateway.message("7", 2);
        assertAll(2);
        assertTrue(node.problem().contains("may be missing"), node::problem);
    }

    @Tag("long")
    @Test
    void whoeverIdentifiesWhenItMayNotTriesAgainAndNothingIsMissing() throws Exception {
        fixture.gateway.faults.invalidAtIdentify = false;
        GatewayFixture.Node node = fixture.node();
        await().until(() -> fixture.gateway.identifies.size() == 1);
        fixture.gateway.faults.invalidAtIdentify = null;
        await().until(node::isRunning);
        assertEquals(2, fixture.gateway.identifies.size());
        assertEquals(0, node.sessions("lost"));
        assertEquals("null", node.problem());
    }

    @Test
    void aSequenceThatTheGatewayDoesNotKnowBeginsANewSession() throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.faults.closeAtResume = 4007;
        fixture.gateway.send(7, null);
        await().until(() -> fixture.gateway.resumes.size() == 1);
        fixture.gateway.faults.closeAtResume = null;
        await().until(() -> node.sessions("lost") == 1);
        fixture.gateway.message("7", 2);
        assertAll(2);
    }

    @Test
    void whatIsReplayedTwiceIsOneEvent() throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.faults.replayedTwice = 5;
        fixture.gateway.send(7, null);
        fixture.gateway.message("7", 2);
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.message("7", 3);
        assertAll(3);
    }

    @Test
    void aMessageThatCannotBeReadIsAskedForAgainAndThenPassedOver() throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.sendText("{\"op\":0,\"t\":\"MESSAGE_CREATE\",\"s\":3,\"d\":{");
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.message("7", 2);
        assertAll(2);
        assertEquals(0, node.count("millrace.source.messages", "unreadable"), "it was right when it came again");
    }

    @Test
    void aMessageThatIsTooLargeWheneverItComesHoldsNothingUp() throws Exception {
        GatewayFixture.Node node = running();
        fixture.gateway.dispatch(
                "MESSAGE_CREATE", new JsonObject().put("guild_id", "7").put("content", "x".repeat(1 << 20)));
        fixture.gateway.message("7", 2);
        await().atMost(Duration.ofSeconds(15)).until(() -> fixture.published.size() == 2);
        assertEquals(fixture.gateway.dispatched.get(2), fixture.ids().get(1));
        assertEquals(1, node.count("millrace.source.messages", "unreadable"));
        assertEquals(1, fixture.gateway.identifies.size());
    }

    @Test
    void nonsenseEndsTheConnectionAndNotTheSession() throws Exception {
        GatewayFixture.Node node = running();
        int resumed = 0;
        for (String nonsense : List.of(
                " ",
                "null",
                "[]",
                "{}",
                "{\"op\":\"0\"}",
                "{\"op\":0,\"s\":null,\"t\":\"MESSAGE_CREATE\",\"d\":{}}",
                "{\"op\":10,\"d\":{\"heartbeat_interval\":-1}}",
                "{\"op\":10,\"d\":null}",
                "\u0000",
                "{\"op\":1e400}")) {
            fixture.gateway.sendText(nonsense);
            int times = ++resumed;
            await(nonsense).until(() -> node.sessions("resumed") == times);
            fixture.gateway.message("7", times);
            assertAll(times + 1);
        }
    }

    @Test
    void opsAndFieldsThatAreNewAreLetThrough() throws Exception {
        running();
        fixture.gateway.send(42, new JsonObject().put("new", true));
        fixture.gateway.dispatch("SOMETHING_NEW", new JsonObject().put("guild_id", "7"));
        fixture.gateway.message("7", 2);
        await().until(() -> fixture.published.size() == 2);
        assertEquals(1, fixture.gateway.connects.size(), "on the same connection");
    }

    @Tag("long")
    @Test
    void aGatewayThatSaysNothingIsLeftAndTold() throws Exception {
        fixture.gateway.faults.hello = false;
        GatewayFixture.Node node = fixture.node();
        await().atMost(Duration.ofSeconds(20))
                .until(() -> node.problem().contains("the gateway didn't say hello in time"));
        fixture.gateway.faults.hello = true;
        await().atMost(Duration.ofSeconds(20)).until(node::isRunning);
    }

    @Test
    void aGatewayThatIsGoneIsAFailureAndComesBackByItself() throws Exception {
        GatewayFixture.Node node =
                fixture.node(fixture.bot("").replace(fixture.gateway.api(), "http://127.0.0.1:1/api"));
        await().until(() -> node.state() == State.FAILING || node.state() == State.STARTING);
        await().until(() -> node.problem().contains("http://127.0.0.1:1/api/gateway/bot can't be asked"));
    }

    @Tag("long")
    @Test
    void aGatewayThatClosesAgainAndAgainIsAFailure() throws Exception {
        fixture.gateway.faults.closeAtIdentify = 4000;
        GatewayFixture.Node node = fixture.node();
        await().until(() -> node.state() == State.FAILING);
        assertTrue(node.problem().contains("the gateway closed the connection with 4000"), node::problem);
        fixture.gateway.faults.closeAtIdentify = null;
        await().until(node::isRunning);
    }

    @Test
    void aServerThatIsGoneWhereTheSessionShouldBeResumedIsTriedElsewhere() throws Exception {
        fixture.gateway.faults.resumeUrl = "ws://127.0.0.1:1/gone";
        GatewayFixture.Node node = running();
        fixture.gateway.send(7, null);
        await().until(() -> node.sessions("resumed") == 1);
        fixture.gateway.message("7", 2);
        assertAll(2);
    }

    @Test
    void anAddressWithoutTlsIsNotGivenTheToken() throws Exception {
        fixture.gateway.faults.resumeUrl = "http://127.0.0.1:1/";
        GatewayFixture.Node node = running();
        fixture.gateway.send(7, null);
        await().until(() -> node.sessions("resumed") == 1);
        assertEquals(new HashSet<>(fixture.gateway.dispatched), new HashSet<>(fixture.ids()));
    }
}
