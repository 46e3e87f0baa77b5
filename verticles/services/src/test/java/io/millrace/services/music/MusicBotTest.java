package io.millrace.services.music;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.services.music.store.MusicCache;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From a command to the music, and to what people see of it. Each test has a guild of its own. */
@Tag("slow")
@Timeout(60)
class MusicBotTest {
    @RegisterExtension
    static final MusicFixture music = new MusicFixture();

    /** What the answer to a command says now. */
    private static String told(String token) {
        return music.discord.originals.getOrDefault(token, new JsonObject()).getString("content", "");
    }

    @Test
    void aCommandIsAcknowledgedAtOnceAndEndsAsAMessageThatShowsWhatPlays() {
        music.known("dQw4w9WgXcQ", "never gonna give you up", "RickAstleyVEVO");
        long before = System.currentTimeMillis();
        String token = music.play("g1", "never gonna give you up");
        await().until(() -> music.count("voice:join_requested", "g1") == 1);
        long acknowledged = Objects.requireNonNull(music.discord.acknowledgedAt.get(token)) - before;
        assertTrue(acknowledged < 1_000, acknowledged + " ms");
        await().until(() -> music.title().equals("⏳ Joining the voice channel"));
        assertEquals(new JsonObject(), music.original(token), "\"Processing…\" is gone");
        assertEquals(List.of(), music.lavalink.played);

        music.voiceServer("g1", "voice-token", "voice.example:443");
        music.voiceState("g1", "session-1");
        await().until(() -> music.title().equals("▶️ Now playing"));
        assertEquals(List.of("g1 dQw4w9WgXcQ"), music.lavalink.played);
        assertEquals(
                new JsonObject()
                        .put("token", "voice-token")
                        .put("endpoint", "voice.example:443")
                        .put("sessionId", "session-1"),
                music.player("g1").getJsonObject("voice"));
        assertEquals(1, music.discord.messages.size());
        assertEquals(List.of("music:pause", "music:skip", "music:stop"), MusicFixture.buttons(music.shown()));
        assertEquals(1, music.count("track:queued", "g1"));
        assertEquals(1, music.count("track:started", "g1"));
    }

    @Test
    void whileMusicPlaysATrackIsQueuedAndPlayedAfterwards() {
        music.known("q1", "first song", "A");
        music.known("q2", "second song", "B");
        music.connected("q");
        music.play("q", "first song");
        await().until(() -> music.title().equals("▶️ Now playing"));
        String token = music.play("q", "second song");
        await().until(() -> music.embed().containsKey("footer"));
        assertEquals(
                "Added to the queue: second song",
                music.embed().getJsonObject("footer").getString("text"));
        assertEquals(1, music.discord.messages.size(), "the message is edited");
        assertEquals(new JsonObject(), music.original(token));
        assertEquals(List.of("q q1"), music.lavalink.played);

        music.lavalink.finish("q");
        await().until(() -> music.count("track:started", "q") == 2);
        assertEquals(List.of("q q1", "q q2"), music.lavalink.played);
        music.lavalink.finish("q");
        await().until(() -> music.title().equals("⏹️ Nothing is playing"));
        assertFalse(music.lavalink.players.containsKey("q"));
    }

    @Test
    void aSearchIsAnsweredFromTheCacheAndTooManyAreRefused() {
        music.connected("s");
        for (int i = 0; i < 12; i++) {
            music.known("s" + i, "song number " + i, "A");
        }
        music.play("s", "song number 0");
        music.command("s", "other", "play", new JsonObject().put("query", "  Song   number 0 "));
        await().until(() -> music.count("track:queued", "s") == 2);
        assertEquals(List.of("ytsearch:song number 0"), music.lavalink.searches);

        for (int i = 1; i < 12; i++) {
            music.command("s", "user-" + i, "play", new JsonObject().put("query", "song number " + i));
        }
        await().until(() ->
                music.discord.originals.toString().contains("⚠️ Too many searches, try again in a few seconds"));
        await().until(() -> music.count("music-command:answered", "s") >= 13);
        assertEquals(10, music.lavalink.searches.size());
    }

    @Test
    void whatIsNotFoundOrMayNotBePlayedIsToldToWhoeverAsked() {
        music.connected("n");
        music.lavalink.catalogue.finds("ytsearch:nothing of that name");
        music.lavalink.catalogue.failsToLoad("https://www.youtube.com/watch?v=gone", "This video is unavailable");
        String nothing = music.play("n", "nothing of that name");
        String gone =
                music.command("n", "u2", "play", new JsonObject().put("query", "https://www.youtube.com/watch?v=gone"));
        String empty = music.command("n", "u3", "play", new JsonObject().put("query", " "));
        await().until(() -> told(nothing).equals("⚠️ Nothing was found"));
        await().until(() -> told(gone).equals("⚠️ The track is unavailable"));
        await().until(() -> told(empty).equals("⚠️ Tell what to play"));
        assertEquals(0, music.count("track:queued", "n"));
    }

    @Test
    void aUserWhoAsksTooOftenIsRefusedAndAPremiumGuildsLater() {
        music.configure("p1", new JsonObject().put("premium", true));
        await().until(() ->
                "true".equals(music.servers.query("select config->>'premium' from music_guilds where guild = 'p1'")));
        String last = "";
        for (int i = 0; i < 7; i++) {
            last = music.command("p0", "eager", "pause", new JsonObject());
            music.command("p1", "eager", "pause", new JsonObject());
        }
        String refused = last;
        await().until(() -> music.original(refused).encode().contains("Too many commands, try again in a few seconds"));
        await().until(() -> music.count("music-command:answered", "p1") == 7);
        assertEquals(5, music.count("music-command:accepted", "p0"));
    }

    @Test
    void aButtonIsDeferredCheckedAndShownAsPressedUntilItIsDone() {
        music.known("b1", "button song", "A");
        music.connected("b");
        music.play("b", "button song");
        await().until(() -> music.title().equals("▶️ Now playing"));
        String pause = music.press("b", "pause", new JsonObject());
        await().until(() -> music.title().equals("⏸️ Paused"));
        assertEquals(6, music.original(pause).getInteger("callback"));
        assertEquals(
                List.of("-music:pause", "-music:skip", "-music:stop"), MusicFixture.buttons(music.original(pause)));
        assertEquals(List.of("music:resume", "music:skip", "music:stop"), MusicFixture.buttons(music.shown()));
        assertEquals(true, music.player("b").getBoolean("paused"));

        music.configure("b", new JsonObject().put("djRole", "dj"));
        await().until(() ->
                "dj".equals(music.servers.query("select config->>'djRole' from music_guilds where guild = 'b'")));
        String denied = music.press("b", "resume", new JsonObject());
        await().until(() -> music.discord.followUps.contains(denied + " ⚠️ Only DJs may do that here"));
        assertEquals(true, music.player("b").getBoolean("paused"));
        music.press("b", "resume", new JsonObject().put("roles", new JsonArray().add("dj")));
        await().until(() -> !music.player("b").getBoolean("paused"));
        music.press("b", "pause", new JsonObject().put("permissions", "32"));
        await().until(() -> music.player("b").getBoolean("paused"));
        music.press("b", "stop", new JsonObject().put("permissions", "8"));
        await().until(() -> music.title().equals("⏹️ Nothing is playing"));
        assertFalse(music.lavalink.players.containsKey("b"));
    }

    @Test
    void aGuildsSettingsCountAtOnceThoughTheyAreCached() throws Exception {
        music.known("c1", "forbidden fruit", "A");
        music.connected("c");
        music.play("c", "forbidden fruit");
        await().until(() -> music.count("track:queued", "c") == 1);
        music.configure("c", new JsonObject().put("blacklist", new JsonArray().add("Fruit")));
        await().until(() -> String.valueOf(
                        music.servers.query("select config->>'blacklist' from music_guilds where guild = 'c'"))
                .contains("Fruit"));
        String token = music.command("c", "u2", "play", new JsonObject().put("query", "forbidden fruit"));
        await().until(() -> told(token).equals("⚠️ What was found may not be played here"));
        assertEquals(1, music.count("track:queued", "c"));
    }

    @Test
    void whoMayPressNoButtonMayWriteNoCommandEitherAndPlayIsForTheBotsChannel() throws Exception {
        music.known("j1", "guarded song", "A");
        music.connected("j");
        music.play("j", "guarded song");
        await().until(() -> music.count("track:started", "j") == 1);
        music.configure("j", new JsonObject().put("djRole", "dj"));
        await().until(() ->
                "dj".equals(music.servers.query("select config->>'djRole' from music_guilds where guild = 'j'")));
        String denied = music.command("j", "u1", "skip", new JsonObject());
        await().until(() -> told(denied).equals("⚠️ Only DJs may do that here"));
        String elsewhere = music.command(
                "j", "u2", "play", new JsonObject().put("query", "guarded song").put("voiceChannelId", "89"));
        await().until(() -> told(elsewhere).equals("⚠️ The music plays in another voice channel"));
        assertEquals(1, music.count("music-command:accepted", "j"));

        music.command("j", "u3", "pause", new JsonObject().put("roles", new JsonArray().add("dj")));
        await().until(() -> music.player("j").getBoolean("paused"));
        music.configure("j", new JsonObject().putNull("djRole"));
        await().until(() -> "true"
                .equals(music.servers.query("select config->>'djRole' is null from music_guilds where guild = 'j'")));
        music.command("j", "u1", "resume", new JsonObject());
        await().until(() -> !music.player("j").getBoolean("paused"));
    }

    @Test
    void aLimitCountsWhatComesAgainOnceAndItsWindowAlwaysEnds() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Redis redis = Redis.createClient(vertx, music.servers.redis.uri());
            MusicCache cache = new MusicCache(redis);
            List<Boolean> permitted = new ArrayList<>();
            for (String what : List.of("a", "a", "b", "c", "a", "c")) {
                permitted.add(await(cache.permits("test", 2, Duration.ofMinutes(1), what)));
            }
            assertEquals(List.of(true, true, true, false, true, false), permitted);
            long left = Objects.requireNonNull(
                    await(redis.send(Request.cmd(Command.PTTL).arg("music:limit:test")))
                            .toLong());
            assertTrue(left > 0, left + " ms");
        } finally {
            await(vertx.close());
        }
    }
}
