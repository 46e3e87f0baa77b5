package io.millrace.systemtests.page;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * The demo {@code game} as its document draws it: the game's logic is a service with its state in Redis, which is asked about
 * each action; a server that knows nothing of Millrace publishes on Redis, and another program listens there.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("ArenaTest")
@Order(60)
final class ArenaTest extends ArenaScene {
    @Test
    void anActionIsJudgedAndTheRoomIsSentItWithWhatCameOfIt() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            await().until(() -> types(bensScreen.log(inGame)).contains("game:started"));

            String shot = shoot(annsScreen);

            for (SocketClient screen : List.of(annsScreen, bensScreen)) {
                await().until(() -> screen.log(inRoom).has(shot));
            }
            JsonObject message = bensScreen.log(inRoom).message(shot);
            assertNotNull(message.getString("position"), "a shot is kept");
            JsonObject data = message.getJsonObject("data").getJsonObject("data");
            assertEquals(ben, data.getString("hit"));
            assertEquals("red", data.getString("team"));
            assertEquals(true, data.getBoolean("killed"));
            await().until(() -> types(bensScreen.log(inGame)).contains("game:scored"));
            assertEquals(1, game().getJsonObject("scores").getInteger(ann));

            // The round's time ends, and Ann leads.
            await().until(() -> types(bensScreen.log(inGame)).contains("game:finished"));
            assertEquals(ann, game().getString("winner"));
            await().until(() -> types(annsScreen.log("player:" + ann)).contains("player:rewarded"));
            assertEquals(List.of(), bensScreen.log("player:" + ben).ids());
        }
    }

    @Test
    void aCheatIsDeniedWithItsReasonAndNobodySeesOrKeepsIt() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);

            String first = shoot(annsScreen);
            String leap = act(annsScreen, "arena:moved", place(280, 50));
            String second = shoot(annsScreen);
            String spoofed =
                    act(annsScreen, "arena:shot", place(280, 50).put("hit", ben).put("killed", true));
            String another = act(annsScreen, "arena:moved", place(30, 50).put("playerId", ben));
            assertTrue(denied(annsScreen, leap, "rejected").startsWith("too far: 256 m at once, when "));
            assertTrue(denied(annsScreen, second, "rejected").startsWith("too soon: you may shoot again in "));
            assertTrue(denied(annsScreen, spoofed, "rejected").startsWith("too soon"));
            denied(annsScreen, another, "permission_denied");

            String allowed = act(bensScreen, "chat:said", new JsonObject().put("text", "who was that?"));
            await().until(() -> bensScreen.log(inRoom).has(allowed)
                    && bensScreen.log(inRoom).has(first));
            for (String id : List.of(leap, second, spoofed, another)) {
                assertFalse(bensScreen.log(inRoom).has(id));
                assertFalse(history().contains(id));
            }
            assertTrue(history().contains(first));
            assertTrue(annsScreen.isOpen());
        }
    }

    @Test
    void aServerOfAnotherMakeReachesTheRoomAndOnePlayerByPublishingOnRedis() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            publish(new JsonObject().put("event", "announced").put("text", "a new map"));
            publish(new JsonObject().put("event", "invited").put("player", ann));

            for (SocketClient screen : List.of(annsScreen, bensScreen)) {
                await().until(() -> types(screen.log(inRoom)).contains("arena:announced"));
            }
            await().until(() -> types(annsScreen.log("player:" + ann)).contains("player:invited"));
            assertEquals(List.of(), bensScreen.log("player:" + ben).ids());
        }
    }

    @Test
    void eachSeesTheRoomThroughAFilterThatMayBeChangedWhileItIsPlayed() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            StreamLog watched = annsScreen.log(inRoom);
            filter(annsScreen, new JsonObject().put("data.team", "red"));
            String blue = step(bensScreen, 1);
            String red = step(annsScreen, 1);
            await().until(() -> bensScreen.log(inRoom).has(blue) && watched.has(red));
            assertFalse(watched.has(blue));

            filter(annsScreen, new JsonObject().put("data.hit", new JsonObject().put("exists", true)));
            String unseen = step(annsScreen, 2);
            String miss = act(bensScreen, "arena:shot", place(300, 0));
            await().until(() -> bensScreen.log(inRoom).has(miss));
            String hit = shoot(annsScreen);
            await().until(() -> watched.has(hit));
            assertTrue(bensScreen.log(inRoom).has(unseen));
            assertFalse(watched.has(unseen) || watched.has(miss));
        }
    }

    @Test
    void whatWasKeptWhileAPlayerWasAwayForAMomentComesOnceTheyAreBack() {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            String before = act(bensScreen, "arena:shot", place(300, 0));
            await().until(() -> bensScreen.log(inRoom).has(before));

            bensScreen.drop();
            String missed = shoot(annsScreen);
            await().until(() -> annsScreen.log(inRoom).has(missed));
            bensScreen.resume(pipeline.broadcast().uri("/api/ws"));

            await().until(() -> bensScreen.log(inRoom).has(missed));
            assertEquals(List.of(), bensScreen.log(inRoom).faults());
            assertEquals(
                    1,
                    bensScreen.log(inRoom).ids().stream().filter(missed::equals).count());
        }
    }

    @Test
    void aProgramThatListensOnRedisGetsTheShotsOfTheRoom() throws Exception {
        List<String> heard = new CopyOnWriteArrayList<>();
        try (AutoCloseable listening = redis.listen("arena.arena-1.*", heard::add);
                SocketClient annsScreen = player(ann, "arena-1");
                SocketClient bensScreen = player(ben, "arena-1")) {
            assertNotNull(listening);
            act(annsScreen, "arena-1", "arena:entered", new JsonObject());
            act(bensScreen, "arena-1", "arena:entered", new JsonObject());
            await().until(() -> types(bensScreen.log("game:arena-1")).contains("game:started"));
            String shot = act(annsScreen, "arena-1", "arena:shot", place(276, 50));
            await().until(() -> heard.size() == 1);
            assertEquals(
                    shot, new JsonObject(heard.get(0)).getJsonObject("data").getString("id"));
        }
        awaitMatchmaking();
    }

    @Test
    void whileTheLogicIsGoneAPlayerIsToldAndTheSameActionIsTakenOnceItIsBack() {
        try (SocketClient annsScreen = player(ann)) {
            act(annsScreen, "arena:entered", new JsonObject());
            joined(program.undeploy(logic));
            String move = act(annsScreen, "arena:entered", new JsonObject());
            denied(annsScreen, move, "unavailable");
            assertTrue(annsScreen.isOpen());

            startLogic();
            String again = retried(annsScreen, "arena:entered", new JsonObject());
            await().until(() -> annsScreen.log(inRoom).has(again));
        }
    }

    @Test
    void whileRedisIsGoneThePlayersAreToldAndTheRoomGoesOn() throws IOException {
        try (SocketClient annsScreen = player(ann);
                SocketClient bensScreen = player(ben)) {
            enterBoth(annsScreen, bensScreen);
            servers.running().redis().stop();
            String move = step(annsScreen, 1);
            assertEquals("the arena can't be reached; try again", denied(annsScreen, move, "unavailable"));
            String said = act(bensScreen, "chat:said", new JsonObject().put("text", "still there?"));
            await().until(() -> annsScreen.log(inRoom).has(said));

            servers.running().redis().restart();
            // It comes back empty: the arena is entered anew.
            String entered = retried(annsScreen, "arena:entered", new JsonObject());
            await().until(() -> bensScreen.log(inRoom).has(entered));
            awaitMatchmaking();
            publish(new JsonObject().put("event", "announced").put("text", "welcome back"));
            await().until(() -> types(bensScreen.log(inRoom)).contains("arena:announced"));
        }
    }

    @Test
    void aPageShowsTheRoomAndItsReaderPlaysAndIsToldWhyNot() throws IOException {
        try (SocketClient bensScreen = player(ben)) {
            act(bensScreen, "arena:entered", new JsonObject());
            await().until(() -> !bensScreen.log(inRoom).ids().isEmpty());
            Browser browser = Browser.start();
            try {
                browser.open(pipeline.broadcast()
                        .uri("/game#token=" + token(ann, "player", room))
                        .toString());
                await().until(() -> shown(browser) == 1);
                act(bensScreen, "arena:moved", place(26, yOf(bensScreen, ben)));
                await().until(() -> shown(browser) == 2);
                await().until(() -> browser.text("room").equals("Room " + room + ", round 1"));

                browser.click("cheat");
                await().until(() -> browser.text("said").startsWith("Denied: too far: "));
                browser.click("shoot");
                await().until(() -> browser.text("hits").contains(ann + " beats " + ben));
                await().until(() -> browser.text("scores").startsWith(ann + " (you), blue"));
                publish(new JsonObject().put("event", "announced").put("text", "a new map"));
                await().until(() -> browser.text("news").contains("a new map"));

                browser.screenshot("game");

                browser.click("only-team");
                await().until(() -> shown(browser) == 1);
                browser.resize(360, 740);
                await().until(() -> browser.evaluate("return innerWidth").equals(360L));
                assertEquals(
                        0L,
                        browser.evaluate(
                                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"));
                assertEquals(List.of(), browser.scriptErrors());
                browser.screenshot("game-360");
            } finally {
                browser.close();
            }
        }
    }

    private static long shown(Browser browser) {
        return (Long) browser.evaluate("return document.querySelectorAll('[data-testid=player]').length");
    }
}
