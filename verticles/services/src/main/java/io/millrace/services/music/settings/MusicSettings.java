package io.millrace.services.music.settings;

import java.time.Duration;
import java.util.Map;

/**
 * What the music bot has to be told. Immutable.
 *
 * @param discord Discord's HTTP interface, {@code https://discord.com/api/v10}
 * @param discordToken the bot's token
 * @param botUser the bot's user id
 * @param lavalink {@code http://host:port}
 * @param lavalinkPassword Lavalink's
 * @param voiceTimeout how long the second of the two voice events may take
 * @param retryWait the wait before a track is tried again; it doubles with each
 */
public record MusicSettings(
        String discord,
        String discordToken,
        String botUser,
        String lavalink,
        String lavalinkPassword,
        Duration voiceTimeout,
        Duration retryWait) {
    private static final Duration VOICE = Duration.ofSeconds(10);
    private static final Duration RETRY = Duration.ofSeconds(1);

    /** From {@code MUSIC_…} of an environment. */
    public static MusicSettings from(Map<String, String> environment) {
        return new MusicSettings(
                environment.getOrDefault("MUSIC_DISCORD", "https://discord.com/api/v10"),
                required(environment, "MUSIC_DISCORD_TOKEN"),
                required(environment, "MUSIC_BOT_USER"),
                environment.getOrDefault("MUSIC_LAVALINK", "http://127.0.0.1:2333"),
                required(environment, "MUSIC_LAVALINK_PASSWORD"),
                VOICE,
                RETRY);
    }

    /** A variable that must be there. */
    public static String required(Map<String, String> environment, String name) {
        String value = environment.get(name);
        if (value == null || value.isBlank()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value;
    }
}
