package io.millrace.services.music;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What goes wrong around the bot, and what becomes of the music. Each test has a guild of its own. */
@Tag("slow")
@Timeout(60)
class MusicFailuresTest {
    @RegisterExtension
    static final MusicFixture music = new MusicFixture();

    @Test
    void whatCannotBePlayedIsSkippedWithItsReasonAndWhatMayPlayLaterIsTriedAgain() throws Exception {
        music.known("e1", "broken song", "A");
        music.known("e2", "fine song", "B");
        music.connected("e");
        music.play("e", "broken song");
        await().until(() -> music.count("track:started", "e") == 1);
        music.command("e", "u2", "play", new JsonObject().put("query", "fine song"));
        await().until(() -> music.count("track:queued", "e") == 2);

        music.lavalink.fail("e", "Read timed out", "suspicious");
        await().until(() -> music.lavalink.played.equals(List.of("e e1", "e e1")));
        music.lavalink.stick("e");
        await().until(() -> music.lavalink.played.equals(List.of("e e1", "e e1", "e e1")));
        music.lavalink.fail("e", "This video is not available", "common");
        await().until(() -> "e2".equals(music.lavalink.playing("e")));
        assertEquals(
                "failed UNAVAILABLE 2",
                music.servers.query(
                        "select status || ' ' || reason || ' ' || attempts from music_items where guild = 'e' order by number"));
        await().until(() -> music.discord.messages.values().stream().anyMatch(message -> message.getString("content")
                .equals("⚠️ The track is unavailable, skipped: broken song")));

        for (int i = 0; i < 3; i++) {
            int played = 5 + i;
            music.lavalink.fail("e", "HTTP 503", "fault");
            await().until(() -> music.lavalink.played.size() == played);
        }
        music.lavalink.fail("e", "HTTP 503", "fault");
        await().until(() -> "2"
                .equals(music.servers.query(
                        "select count(*) from music_items where guild = 'e' and status = 'failed'")));
        assertEquals(7, music.lavalink.played.size());
    }

    @Test
    void aConnectionToLavalinkThatIsLostIsResumedAndWhatWasMissedIsDone() {
        music.known("r1", "resumed one", "A");
        music.known("r2", "resumed two", "A");
        music.connected("r");
        music.play("r", "resumed one");
        await().until(() -> music.count("track:started", "r") == 1);
        music.command("r", "u2", "play", new JsonObject().put("query", "resumed two"));
        await().until(() -> music.count("track:queued", "r") == 2);
        int before = music.lavalink.connections.size();
        music.lavalink.cut();
        music.lavalink.finish("r");
        await().until(() -> "r2".equals(music.lavalink.playing("r")));
        String last = music.lavalink.connections.get(before);
        assertTrue(last.startsWith(MusicFixture.BOT + " millrace-music/1 session-"), last);
    }

    @Test
    void whatHappenedWhileTheBotWasAwayIsDoneWhenItIsBack() throws Exception {
        music.known("a1", "patient song", "A");
        music.connected("a");
        music.stopBot();
        music.play("a", "patient song");
        music.startBot();
        await().until(() -> "a1".equals(music.lavalink.playing("a")));
        await().until(() -> music.title().equals("▶️ Now playing"));
        assertEquals(1, music.discord.messages.size());
        assertEquals(1, music.lavalink.played.size());
    }

    @Test
    void aNodeOfLavalinkThatStartsAnewPlaysWhatPlayedBefore() {
        music.known("l1", "long song", "A");
        music.connected("l");
        music.play("l", "long song");
        await().until(() -> music.count("track:started", "l") == 1);
        music.lavalink.restart();
        await().until(() -> "l1".equals(music.lavalink.playing("l")));
        assertEquals("session-of-l", music.player("l").getJsonObject("voice").getString("sessionId"));
        music.press("l", "stop", new JsonObject());
        await().until(() -> music.lavalink.playing("l") == null);
    }

    @Test
    void aMessageThatIsGoneIsWrittenAnewAndDiscordsLimitIsWaitedFor() {
        music.known("d1", "deleted message", "A");
        music.connected("d");
        music.play("d", "deleted message");
        await().until(() -> music.title().equals("▶️ Now playing"));
        music.discord.messages.clear();
        music.discord.limit(2);
        music.press("d", "pause", new JsonObject());
        await().until(() -> music.title().equals("⏸️ Paused"));
        assertEquals(1, music.discord.messages.size());
    }

    @Test
    void whatIsRefusedOfWhatLavalinkTellsEndsNothingElse() {
        music.known("x1", "first of two", "A");
        music.known("x2", "second of two", "A");
        music.connected("x");
        music.play("x", "first of two");
        music.command("x", "u2", "play", new JsonObject().put("query", "second of two"));
        await().until(() -> music.count("track:queued", "x") == 2);
        await().until(() -> music.count("track:started", "x") == 1);
        music.millrace.refused = "playback:started";
        music.lavalink.finish("x");
        await().until(() -> music.millrace.refused.isEmpty());
        music.lavalink.finish("x");
        await().until(() -> !music.lavalink.players.containsKey("x"));
    }

    @Test
    void aTitleThatIsTooLongIsCutAndWhatCannotBeToldHoldsNothingUp() {
        JsonObject track = music.lavalink.catalogue.track("y1", "y".repeat(499) + "😀 and so on", "z".repeat(600));
        music.lavalink.catalogue.finds("ytsearch:endless", track);
        music.connected("y");
        music.millrace.refused = "track:queued";
        music.play("y", "endless");
        await().until(() -> "y1".equals(music.lavalink.playing("y")));
        await().until(() -> music.count("track:started", "y") == 1);
        JsonObject started = music.millrace.events("track:started").stream()
                .filter(data -> data.getString("guildId").equals("y"))
                .findFirst()
                .orElseThrow();
        assertEquals("y".repeat(499), started.getString("title"));
        assertEquals(500, started.getString("author").length());
        music.command("y", "u2", "play", new JsonObject().put("query", "endless"));
        await().until(() -> music.embed().containsKey("footer"));
        assertEquals(
                500, music.embed().getJsonObject("footer").getString("text").length());
    }

    @Test
    void aPlayerThatIsGoneThoughItsSessionIsResumedIsMadeAnew() {
        music.known("o1", "lost player", "A");
        music.connected("o");
        music.play("o", "lost player");
        await().until(() -> music.count("track:started", "o") == 1);
        music.lavalink.players.remove("o");
        music.lavalink.cut();
        await().until(() -> "o1".equals(music.lavalink.playing("o")));
        music.lavalink.cleanUp("o");
        await().until(() -> music.count("track:started", "o") == 3);
        assertEquals("o1", music.lavalink.playing("o"));
    }

    @Test
    void whereLavalinkKnowsTheSessionNoMoreAnotherIsBegun() {
        music.known("s1", "before the session", "A");
        music.known("s2", "behind the session", "A");
        music.connected("s");
        music.play("s", "before the session");
        await().until(() -> music.count("track:started", "s") == 1);
        music.lavalink.forget();
        music.press("s", "pause", new JsonObject());
        await().until(() -> "s1".equals(music.lavalink.playing("s")));
        await().until(() -> music.count("track:started", "s") == 2);
    }

    @Test
    void anAnswerToAnInteractionThatIsOverIsDoneWith() {
        music.discord.expired.add("over");
        music.millrace.publish(
                "an-answer-to-an-interaction-that-is-over",
                "music-command:answered",
                new JsonObject()
                        .put("guildId", "i")
                        .put("channelId", MusicFixture.CHANNEL)
                        .put("interactionToken", "over")
                        .put("applicationId", "app")
                        .put("action", "create")
                        .put("status", "playing"));
        await().until(() -> music.title().equals("▶️ Now playing"));
        assertEquals(
                new JsonObject().put("parse", new JsonArray()), music.shown().getJsonObject("allowed_mentions"));
    }
}
