package io.millrace.services.game;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.MillraceStandIn;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the game's logic allows, and what comes of it; beside a stand-in of Millrace. */
class GameServiceTest extends GameScene {
    @Test
    void thoseWhoComePlayOnTheSmallerTeamAndStartOnItsSide() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        JsonObject ann = enter("ann");
        JsonObject ben = enter("ben");
        assertEquals("red", ann.getString("team"));
        assertEquals("blue", ben.getString("team"));
        assertEquals(0.08 * RULES.width(), ann.getDouble("x"));
        assertEquals(0.92 * RULES.width(), ben.getDouble("x"));
        assertEquals("red", enter("cem").getString("team"));
        move("cem", 0.08 * RULES.width() + 50, place("cem").getDouble("y"));
        assertEquals(0.08 * RULES.width() + 50, enter("cem").getDouble("x"), "whoever is there stays where they are");

        // Whoever does nothing is gone after a while.
        now.addAndGet(RULES.absent().toMillis());
        assertEquals("red", enter("dee").getString("team"));
        assertEquals("you are not in the arena: enter it first", denied("arena:moved", "ann", 1, 1));
    }

    @Test
    void nobodyGetsFurtherThanTheTimeAllowsHoweverItIsDivided() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        JsonObject ann = enter("ann");
        double x = ann.getDouble("x");
        double y = ann.getDouble("y");
        move("ann", x + 100, y);
        assertEquals(
                "too far: 100 m at once, when 50 m were possible; you are at " + (int) (x + 100) + ", " + (int) y,
                denied("arena:moved", "ann", x + 200, y));
        move("ann", x + 150, y);
        now.addAndGet(500);
        assertTrue(denied("arena:moved", "ann", x + 150 + 76, y).startsWith("too far: 76 m at once, when 75 m"));
        move("ann", x + 150 + 75, y);

        // A long rest isn't a long leap.
        now.addAndGet(20_000);
        assertTrue(denied("arena:moved", "ann", x + 500, y).startsWith("too far: 275 m at once, when 150 m"));
    }

    @Test
    void aShotHitsWhomItPassesCloselyAndTheFourthKills() throws Exception {
        MillraceStandIn millrace = new MillraceStandIn(vertx, "gameId");
        duel();
        JsonObject start = place("ann");
        JsonObject target = place("ben");
        for (int left : new int[] {75, 50, 25}) {
            JsonObject shot = shoot("ann", target.getDouble("x"), target.getDouble("y"));
            assertEquals("ben", shot.getString("hit"));
            assertEquals(left, shot.getInteger("health"));
            assertEquals(start, shot.getJsonObject("from"));
            assertNull(shot.getValue("killed"));
            now.addAndGet(RULES.cooldown().toMillis());
        }
        assertNull(shoot("ann", start.getDouble("x"), start.getDouble("y") - 50).getValue("hit"), "a miss");
        now.addAndGet(RULES.cooldown().toMillis());
        JsonObject last = shoot("ann", target.getDouble("x"), target.getDouble("y"));
        assertEquals(true, last.getBoolean("killed"));
        assertEquals(
                0.92 * RULES.width(), last.getJsonObject("respawn").getDouble("x"), "ben is back on his team's side");

        await().until(() -> millrace.events("game:scored").size() == 1);
        JsonObject scored = millrace.events("game:scored").get(0);
        assertEquals(new JsonObject().put("ann", 1), scored.getJsonObject("scores"));
        assertEquals(room, scored.getString("gameId"));
        assertEquals(
                List.of("game:started", "game:scored"),
                millrace.events.stream().map(event -> event.getString("type")).toList());
    }

    @Test
    void whoShootsTooOftenOrWithoutAmmunitionIsToldSo() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        assertEquals("you are not in the arena: enter it first", denied("arena:shot", "ann", 1, 1));
        enter("ann");
        assertTrue(denied("arena:shot", "ann", 1, 1).startsWith("no round is being played"));
        enter("ben");
        shoot("ann", 1, 1);
        assertEquals("too soon: you may shoot again in 0.4 s", denied("arena:shot", "ann", 1, 1));
        // Six are loaded, and fewer are loaded meanwhile than are shot.
        String reason = "";
        int shots = 1;
        for (; reason.isEmpty(); shots++) {
            now.addAndGet(RULES.cooldown().toMillis());
            reason = failure(ask("arena:shot", "ann", 1, 1, "shot-" + shots));
        }
        assertTrue(shots > RULES.ammo(), "after " + shots);
        assertTrue(reason.startsWith("out of ammunition: a shot is loaded in 0."), reason);
        JsonObject ann = place("ann");
        now.addAndGet(RULES.load().toMillis());
        assertEquals(
                "aim at something else than yourself",
                denied("arena:shot", "ann", ann.getDouble("x"), ann.getDouble("y")));
    }

    @Test
    void anActionThatComesAgainIsAnsweredAsItWasAndDoneOnce() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        duel();
        JsonObject target = place("ben");
        JsonObject first = await(ask("arena:shot", "ann", target.getDouble("x"), target.getDouble("y"), "same"))
                .body();
        now.addAndGet(10_000);
        JsonObject again = await(ask("arena:shot", "ann", target.getDouble("x"), target.getDouble("y"), "same"))
                .body();
        assertEquals(first, again);
        assertEquals(75, first.getJsonObject("data").getInteger("health"));
        assertEquals(
                50,
                shoot("ann", target.getDouble("x"), target.getDouble("y")).getInteger("health"),
                "the repeat hurt nobody");

        // Another shot under its id would hurt, and Millrace would store the first alone.
        now.addAndGet(10_000);
        assertEquals(
                "another shot has this id: give each its own",
                failure(ask("arena:shot", "ann", target.getDouble("x"), target.getDouble("y") + 1, "same")));
        assertEquals(
                25, shoot("ann", target.getDouble("x"), target.getDouble("y")).getInteger("health"));
    }

    @Test
    void aStepThatComesAgainIsAllowedWhereItsPlayerStandsAndJudgedElsewhere() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        enter("ann");
        JsonObject ann = place("ann");
        double x = ann.getDouble("x");
        double y = ann.getDouble("y");
        await(ask("arena:moved", "ann", x + 150, y, "step"));
        await(ask("arena:moved", "ann", x + 150, y, "step"));
        now.addAndGet(1_000);
        move("ann", x + 300, y);
        assertTrue(failure(ask("arena:moved", "ann", x + 150, y, "step")).startsWith("too far"));
        assertEquals(x + 300, place("ann").getDouble("x"));
        assertEquals(0, send(Request.cmd(Command.KEYS).arg("arena:*:answer:*")).size(), "a step leaves no key");
    }

    @Test
    void nobodyHidesWhatTheyDo() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        enter("ann");
        JsonObject ann = place("ann");
        for (String member : List.of("target", "exclude", "expiresAt")) {
            JsonObject metadata = new JsonObject().put("priority", "high").put(member, "whatever");
            assertEquals(
                    "metadata." + member + " is not allowed: everybody in the room sees what you do",
                    failure(ask(
                            "arena:moved", "ann", ann.getDouble("x") + 1, ann.getDouble("y"), "m" + member, metadata)));
        }
        assertEquals(ann, place("ann"));
    }

    @Test
    void aRoundEndsWhenItsTimeIsOverAndSomebodyLeads() throws Exception {
        MillraceStandIn millrace = new MillraceStandIn(vertx, "gameId");
        duel();
        await().until(() -> millrace.events("game:started").size() == 1);
        JsonObject started = millrace.events("game:started").get(0);
        assertEquals(new JsonArray().add("ann").add("ben"), started.getJsonArray("players"));
        assertTrue(started.getLong("endsAt") <= now.get() + RULES.round().toMillis());

        // Nobody leads yet when its time is over: it goes on.
        for (long rested = 0; rested <= RULES.round().toMillis(); rested += 10_000) {
            now.addAndGet(10_000);
            stay("ann");
            stay("ben");
        }
        kill("ann", "ben");
        await().until(() -> {
            now.addAndGet(100);
            return millrace.events("game:finished").size() == 1;
        });
        JsonObject finished = millrace.events("game:finished").get(0);
        assertEquals("ann", finished.getString("winner"));
        assertEquals(new JsonObject().put("ann", 1), finished.getJsonObject("scores"));
        await().until(() -> millrace.events("player:rewarded").size() == 1);
        JsonObject reward = millrace.events("player:rewarded").get(0);
        assertEquals(
                "ann 1 1 1",
                reward.getString("playerId") + " " + reward.getInteger("points") + " " + reward.getInteger("total")
                        + " " + reward.getInteger("level"));
        now.addAndGet(RULES.cooldown().toMillis());
        assertTrue(denied("arena:shot", "ann", 1, 1).startsWith("no round is being played"));

        now.addAndGet(RULES.pause().toMillis());
        stay("ann");
        await().until(() -> millrace.events("game:started").size() == 2);
        assertEquals(2, millrace.events("game:started").get(1).getInteger("round"));
    }

    @Test
    void ofManyShotsAtOnceAtTwoInstancesOneIsAllowed() throws Exception {
        MillraceStandIn millrace = new MillraceStandIn(vertx, "gameId");
        deploy();
        duel();
        JsonObject target = place("ben");
        List<Future<Message<JsonObject>>> shots = IntStream.range(0, 20)
                .mapToObj(i -> ask("arena:shot", "ann", target.getDouble("x"), target.getDouble("y"), "shot-" + i))
                .toList();
        assertThrows(ExecutionException.class, () -> await(Future.join(shots)));
        assertEquals(1, shots.stream().filter(Future::succeeded).count());
        await().until(() -> millrace.events("game:started").size() == 1);
    }

    @Test
    void resultsWaitInRedisAlsoForAnotherInstanceUntilMillraceTakesThem() throws Exception {
        duel();
        kill("ann", "ben");
        await(vertx.undeploy(deployed));
        assertEquals(
                -1,
                send(Request.cmd(Command.PTTL).arg("arena:" + room + ":results"))
                        .toInteger(),
                "however long that takes");
        MillraceStandIn millrace = new MillraceStandIn(vertx, "gameId");
        now.addAndGet(RULES.round().toMillis());
        deploy();
        await().until(() -> millrace.events.size() == 4);
        assertEquals(
                List.of("game:started", "game:scored", "game:finished", "player:rewarded"),
                millrace.events.stream().map(event -> event.getString("type")).toList());
    }

    @Test
    void withoutRedisAPlayerIsAskedForPatienceAndAfterwardsTheGameGoesOn() throws Exception {
        new MillraceStandIn(vertx, "gameId");
        redis.stop();
        ExecutionException failed = assertThrows(ExecutionException.class, () -> move("ann", 0, 0));
        ReplyException reply = assertInstanceOf(ReplyException.class, failed.getCause());
        assertEquals(503, reply.failureCode());
        assertEquals("the arena can't be reached; try again", reply.getMessage());
        redis.restart();
        await().until(() -> await(
                ask("arena:entered", "ann", 0, 0, "back").map(joined -> true).otherwise(false)));
    }
}
