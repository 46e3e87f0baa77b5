package io.millrace.broadcast;

import static io.millrace.waits.ShortWaits.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A live connection that is renewed by a token of fewer rights loses what that one does not permit, at once. */
@Tag("slow")
@Timeout(60)
final class NarrowedTest extends RenewedConnection {
    NarrowedTest() throws Exception {}

    @Test
    void aRenewalByAnEqualTokenInterruptsNothing() throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject());
        front.store.commit("bert", 10);
        renew("anna", "staff");
        front.store.commit("bert", 10);
        await().until(() -> ids().equals(List.of("1", "2")));
        assertEquals(2, all("welcome").size());
        assertEquals(1, all("subscribed").size(), "it is the same subscription");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"rate\":5}", "{\"delta\":true}", "{\"filter\":{\"data.total\":{\"gte\":0}}}"})
    void whoSawEverythingGoesOnWithTheOwnEventsAlone(String options) throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject(options));
        change("o-1", "bert", 1);
        change("o-2", "anna", 1);
        await().until(() -> ids().equals(List.of("1", "2")));
        renew("anna", "customer");
        JsonObject renewed = all("subscribed").get(1);
        assertEquals(true, renewed.getBoolean("renewed"));
        assertTrue(renewed.getString("position").startsWith("s."), "its positions are sealed now");
        change("o-1", "bert", 2);
        change("o-2", "anna", 2);
        change("o-3", "bert", 1);
        change("o-4", "anna", 1);
        await().until(() -> ids().contains("6"));
        assertEquals(List.of("1", "2", "4", "6"), ids());
        assertEquals(List.of(), all("gap"));
    }

    @Test
    void whoMaySeeNothingAnyMoreIsToldWhichStreamEndedAndWhyAndTheConnectionGoesOn() throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject());
        subscribe("room:1");
        renew("anna", "public");
        await().untilAsserted(() -> assertEquals(2, all("error").size(), got.toString()));
        assertEquals(
                List.of("orders permission_denied", "room:1 permission_denied"),
                all("error").stream()
                        .map(error -> error.getString("stream") + " " + error.getString("code"))
                        .sorted()
                        .toList());
        front.store.commit("anna", 10);
        send(new JsonObject().put("type", "ping").put("id", 7));
        await().until(() ->
                all("pong").stream().anyMatch(pong -> Integer.valueOf(7).equals(pong.getValue("id"))));
        assertEquals(List.of(), ids());
        renew("anna", "staff");
        subscribe(new JsonObject());
        front.store.commit("bert", 10);
        await().until(() -> ids().equals(List.of("2")));
    }

    @Test
    void moreRightsShowMore() throws Exception {
        connect("anna", "customer");
        subscribe(new JsonObject());
        change("o-1", "bert", 1);
        renew("anna", "staff");
        change("o-1", "bert", 2);
        await().until(() -> ids().contains("2"));
        assertFalse(all("subscribed").get(1).getString("position").startsWith("s."));
    }

    @Test
    void anotherUserNeedsAnotherConnection() throws Exception {
        connect("anna", "staff");
        send(new JsonObject().put("type", "auth").put("id", 3).put("token", front.token("bert", "staff")));
        await().until(() -> socket().isClosed());
        assertEquals((short) 4401, socket().closeStatusCode());
        assertEquals(3, all("error").get(0).getInteger("id"));
        assertEquals("unauthenticated", all("error").get(0).getString("code"));
    }

    @Test
    void aRevokedTokenRenewsNothing() throws Exception {
        connect("anna", "staff");
        front.revoke("bert");
        send(new JsonObject().put("type", "auth").put("token", front.token("bert", "staff")));
        await().until(() -> socket().isClosed());
        assertEquals("token_revoked", all("error").get(0).getString("code"));
    }

    /** Only the connection's end keeps what waits from being sent. */
    @Test
    void aClientThatDidNotReadGetsNothingThatItMayNotSeeAnyMore() throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject());
        socket().pause();
        double before = front.counter("millrace.broadcast.deliveries");
        fillSocket("bert");
        double written = front.counter("millrace.broadcast.deliveries") - before;
        send(new JsonObject().put("type", "auth").put("token", front.token("anna", "customer")));
        await().until(() -> front.gauge("millrace.broadcast.connections") == 0);
        front.store.commit("bert", 10);
        socket().resume();
        await().until(() -> socket().isClosed());
        assertTrue(ids().size() < written, ids().size() + " of " + written);
        assertEquals(1, all("welcome").size());
    }

    @Test
    void aClientThatDidNotReadKeepsItsConnectionIfItLosesNothing() throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject());
        socket().pause();
        fillSocket("bert");
        send(new JsonObject().put("type", "auth").put("token", front.token("anna", "staff")));
        socket().resume();
        await().until(() -> all("welcome").size() == 2);
        int committed = Integer.parseInt(front.store.last().event().id());
        await().until(() -> ids().size() == committed);
        assertFalse(socket().isClosed());
    }

    @Test
    void aPageOfHistoryThatWasAskedForWithMoreRightsIsReadWithTheNewOnes() throws Exception {
        for (int i = 0; i < 40; i++) {
            change("o-" + i, i % 2 == 0 ? "bert" : "anna", 1);
        }
        Promise<Void> gate = Promise.promise();
        int reads = front.store.reads();
        connect("anna", "staff");
        // The first read finds the start, the second the page.
        front.store.answersFrom(reads + 2, gate.future());
        send(subscription(new JsonObject().put("after", "beginning")));
        await().until(() -> front.store.reads() >= reads + 2);
        renew("anna", "customer");
        gate.complete();
        await().until(() -> ids().size() >= 20);
        assertEquals(20, ids().size());
        assertTrue(ids().stream().allMatch(id -> Integer.parseInt(id) % 2 == 0), ids().toString());
    }

    @Test
    void aStateThatIsBeingReadIsReadAnewWithTheNewRights() throws Exception {
        change("o-1", "bert", 1);
        change("o-2", "anna", 1);
        Promise<Void> gate = Promise.promise();
        front.store.sendsStatesAfter(gate.future());
        connect("anna", "staff");
        send(subscription(new JsonObject().put("state", true)));
        await().until(() -> front.store.stateReads() == 1);
        renew("anna", "customer");
        front.store.sendsStatesAfter(Future.succeededFuture());
        gate.complete();
        await().until(() -> all("state").size() == 1);
        assertFalse(all("state").get(0).encode().contains("bert"), all("state").toString());
        assertTrue(all("state").get(0).encode().contains("anna"));
    }

    @Test
    void theAnswerOfASubscriptionThatWasReplacedWhileItOpenedHasASealedPosition() throws Exception {
        change("o-1", "bert", 1);
        Promise<Void> gate = Promise.promise();
        int reads = front.store.reads();
        connect("anna", "staff");
        front.store.answersFrom(reads + 1, gate.future());
        send(subscription(new JsonObject().put("after", "beginning").put("id", 5)));
        await().until(() -> front.store.reads() > reads);
        renew("anna", "customer");
        gate.complete();
        await().until(() -> all("subscribed").size() == 2);
        assertTrue(all("subscribed").stream().anyMatch(answer -> answer.getBoolean("replaced", false)));
        for (JsonObject answer : all("subscribed")) {
            assertTrue(answer.getString("position").startsWith("s."), answer.encode());
        }
    }

    /** Of an entity that it had whole before, a patch could tell what it may not see. */
    @Test
    void theFirstMessageOfAnEntityAfterwardsIsWhole() throws Exception {
        connect("anna", "staff");
        subscribe(new JsonObject().put("delta", true));
        change("o-1", "anna", 1);
        change("o-1", "anna", 2);
        await().until(() -> ids().size() == 2);
        renew("anna", "customer");
        change("o-1", "anna", 3);
        await().until(() -> ids().size() == 3);
        JsonObject last = events().get(2);
        assertFalse(last.getJsonObject("data").containsKey("patch"), last.encode());
    }

    @Test
    void oneThatIsNoLongerOfARoleGetsNothingThatIsForThatRole() throws Exception {
        connect("anna", "staff", "customer");
        subscribe(new JsonObject());
        renew("anna", "customer");
        assertEquals(
                "[\"customer\"]", all("welcome").get(1).getJsonArray("roles").encode());
        front.store.commit("bert", 10);
        front.store.commit("anna", 10);
        await().until(() -> ids().contains("2"));
        assertEquals(List.of("2"), ids());
    }
}
