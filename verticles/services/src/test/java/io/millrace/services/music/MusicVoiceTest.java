package io.millrace.services.music;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The two voice events of Discord, in either order. Each test has a guild of its own. */
@Tag("slow")
@Timeout(60)
class MusicVoiceTest {
    @RegisterExtension
    static final MusicFixture music = new MusicFixture();

    @Test
    void theTwoVoiceEventsMakeOneConnectionInEitherOrder() {
        music.voiceState("v1", "s1");
        music.voiceServer("v1", "t1", "e1");
        music.voiceServer("v2", "t2", "e2");
        music.voiceState("v2", "s2");
        await().until(() -> music.lavalink.players.containsKey("v1") && music.lavalink.players.containsKey("v2"));
        assertEquals("s1", music.player("v1").getJsonObject("voice").getString("sessionId"));
        assertEquals("t2", music.player("v2").getJsonObject("voice").getString("token"));
        assertEquals(1, music.count("voice:ready", "v1"));
        assertEquals(1, music.count("voice:ready", "v2"));

        // The server of a connection changes, and its session isn't told once more.
        music.voiceServer("v1", "t3", "e3");
        await().until(() ->
                "e3".equals(music.player("v1").getJsonObject("voice").getString("endpoint")));
        assertEquals("s1", music.player("v1").getJsonObject("voice").getString("sessionId"));
        assertEquals(0, music.count("voice:failed", "v1"));
    }

    @Test
    void whatIsAskedForWhileTheChannelIsJoinedIsBehindWhatWaits() {
        music.known("w1", "waits first", "A");
        music.known("w2", "waits second", "A");
        music.play("w", "waits first");
        await().until(() -> music.title().equals("⏳ Joining the voice channel"));
        music.command("w", "u2", "play", new JsonObject().put("query", "waits second"));
        await().until(() -> music.count("track:queued", "w") == 2);
        music.connected("w");
        await().until(() -> "w1".equals(music.lavalink.playing("w")));
        assertEquals(1, music.count("voice:join_requested", "w"));
        assertEquals(1, music.discord.messages.size());
        // The bot is thrown out of the channel: nothing plays there any more.
        music.millrace.publish(
                "thrown-out",
                "voice:state_updated",
                new JsonObject()
                        .put("guildId", "w")
                        .put("userId", MusicFixture.BOT)
                        .putNull("channelId")
                        .put("sessionId", "session-of-w"));
        await().until(() -> !music.lavalink.players.containsKey("w"));
    }

    @Test
    void aHalfThatIsLeftOverEndsNoMusicAndIsGoneWhenTheChannelIsLeft() throws Exception {
        music.known("h1", "undisturbed song", "A");
        music.connected("h");
        music.play("h", "undisturbed song");
        await().until(() -> music.count("track:started", "h") == 1);
        music.millrace.publish(
                "left-over",
                "voice:failed",
                new JsonObject().put("guildId", "h").put("missing", "server"));
        music.press("h", "pause", new JsonObject());
        await().until(() -> music.player("h").getBoolean("paused", false));
        assertEquals("h1", music.lavalink.playing("h"));

        music.voiceServer("k", "t", "e");
        await().until(() -> openPairs("k").equals("1"));
        music.millrace.publish("leaves", "voice:join_requested", new JsonObject().put("guildId", "k"));
        await().until(() -> openPairs("k").equals("0"));
    }

    private static String openPairs(String guild) throws Exception {
        return String.valueOf(music.servers.query(
                "select count(*) from service_pairs where state = 'open' and key = '" + guild + "'"));
    }

    @Test
    void whatEndedTheMusicOnceEndsNoneThatWasAskedForLaterWhenItComesAgain() throws Exception {
        music.known("z1", "stopped song", "A");
        music.known("z2", "later song", "A");
        music.connected("z");
        music.play("z", "stopped song");
        await().until(() -> music.count("track:started", "z") == 1);
        music.press("z", "skip", new JsonObject());
        await().until(() -> !music.lavalink.players.containsKey("z"));
        music.press("z", "skip", new JsonObject());
        music.press("z", "stop", new JsonObject());
        music.millrace.publish(
                "no-voice", "voice:failed", new JsonObject().put("guildId", "z").put("missing", "both"));
        music.command("z", "u2", "play", new JsonObject().put("query", "later song"));
        await().until(() -> music.count("track:queued", "z") == 2);
        music.voiceState("z", "second-session");
        music.voiceServer("z", "t", "e");
        await().until(() -> "z2".equals(music.lavalink.playing("z")));
        assertEquals("0", openPairs("z"), "the times within which it had to be joined are over");

        music.millrace.repeat("music-command:accepted", "z");
        music.millrace.repeat("voice:failed", "z");
        music.millrace.publish(
                "of-the-first",
                "voice:state_updated",
                new JsonObject()
                        .put("guildId", "z")
                        .put("userId", MusicFixture.BOT)
                        .putNull("channelId")
                        .put("sessionId", "session-of-z"));
        music.press("z", "pause", new JsonObject());
        await().until(() -> music.player("z").getBoolean("paused", false));
        assertEquals("z2", music.lavalink.playing("z"));
        assertEquals(
                "playing",
                music.servers.query("select status from music_items where guild = 'z' order by number desc"));
    }
}
