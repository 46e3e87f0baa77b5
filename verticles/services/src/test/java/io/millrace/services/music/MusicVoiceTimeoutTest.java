package io.millrace.services.music;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Voice events of Discord that don't come. Each test has a guild of its own. */
@Tag("slow")
@Timeout(60)
class MusicVoiceTimeoutTest {
    @RegisterExtension
    static final MusicFixture music = new MusicFixture(Duration.ofMillis(500));

    @Test
    void whereOneOfThemIsMissingItIsToldAndTheQueueIsEmptied() throws Exception {
        music.known("m1", "missing one", "A");
        music.play("v3", "missing one");
        await().until(() -> music.count("voice:join_requested", "v3") == 1);
        music.voiceServer("v3", "t", "e");
        await().until(() -> music.count("voice:failed", "v3") == 1);
        assertEquals(
                "state",
                music.millrace.events("voice:failed").stream()
                        .filter(data -> data.getString("guildId").equals("v3"))
                        .findFirst()
                        .orElseThrow()
                        .getString("missing"));
        await().until(() -> music.discord.messages.values().stream()
                .anyMatch(message -> message.getString("content").equals("⚠️ The voice channel can't be joined")));
        assertEquals("voice", music.servers.query("select reason from music_items where guild = 'v3'"));
        assertEquals(List.of(), music.lavalink.played);

        music.voiceState("v4", "s4");
        await().until(() -> music.count("voice:failed", "v4") == 1);
    }

    @Test
    void whereNeitherComesTheQueueDoesntWaitForEver() throws Exception {
        music.known("n1", "never joined", "A");
        music.play("v6", "never joined");
        await().until(() -> music.count("voice:failed", "v6") == 1);
        // The channel is left, in case that Discord does what it hasn't told.
        await().until(() -> music.count("voice:join_requested", "v6") == 2);
        assertEquals("voice", music.servers.query("select reason from music_items where guild = 'v6'"));
    }

    @Test
    void theVoiceStatesOfOthersAreNotTheBots() throws Exception {
        music.millrace.publish(
                "others",
                "voice:state_updated",
                new JsonObject()
                        .put("guildId", "v5")
                        .put("userId", "900000000000000065")
                        .put("channelId", "88")
                        .put("sessionId", "theirs"));
        music.voiceServer("v5", "t", "e");
        await().until(() -> music.count("voice:failed", "v5") == 1);
        assertFalse(music.lavalink.players.containsKey("v5"));
    }
}
