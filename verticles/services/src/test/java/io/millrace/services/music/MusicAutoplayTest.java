package io.millrace.services.music;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What plays when the queue is empty. */
@Tag("slow")
@Timeout(60)
class MusicAutoplayTest {
    @RegisterExtension
    static final MusicFixture music = new MusicFixture();

    /** In each mode the first that is found was played already, or is another upload of it, and the second is forbidden. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "similar, https://www.youtube.com/watch?v=similar-0&list=RDsimilar-0",
        "artist, ytsearch:The artist Band",
        "genre, ytsearch:rock music",
        "mixed, ytsearch:The mixed Band"
    })
    void theNextTrackIsOfTheModeAndNeitherPlayedLatelyNorForbidden(String mode, String identifier) throws Exception {
        String guild = "auto-" + mode;
        // Searches are cached for all guilds, so only one mode knows the genre's.
        String song = mode + (mode.equals("genre") ? " rock" : "") + " anthem";
        music.configure(
                guild,
                new JsonObject()
                        .put("autoplay", true)
                        .put("autoplayMode", mode)
                        .put("blacklist", new JsonArray().add("nightcore")));
        await().until(() -> mode.equals(
                music.servers.query("select config->>'autoplayMode' from music_guilds where guild = '" + guild + "'")));
        JsonObject first = music.known(mode + "-0", song, "The " + mode + " Band");
        music.lavalink.catalogue.findsPlaylist(
                identifier,
                first,
                music.lavalink.catalogue.track(
                        mode + "-1", song.toUpperCase(Locale.ROOT) + " (Official Video)", "Another Channel"),
                music.lavalink.catalogue.track(mode + "-2", "Nightcore hits", "The Band"),
                music.lavalink.catalogue.track(mode + "-3", mode + " second", "The Band"));
        music.connected(guild);
        music.play(guild, song);
        await().until(() -> (mode + "-0").equals(music.lavalink.playing(guild)));
        music.lavalink.finish(guild);
        await().until(() -> (mode + "-3").equals(music.lavalink.playing(guild)));
        await().until(() -> music.embed().toString().contains("Autoplay"));
        assertEquals(
                "true",
                music.servers.query(
                        "select autoplay from music_items where guild = '" + guild + "' and status = 'playing'"));

        // Nothing is left: it ends.
        music.lavalink.finish(guild);
        await().until(() -> music.millrace.events("voice:join_requested").stream()
                .anyMatch(data -> data.getString("guildId").equals(guild) && !data.containsKey("channelId")));
        assertEquals(List.of(), music.millrace.dead);
    }
}
