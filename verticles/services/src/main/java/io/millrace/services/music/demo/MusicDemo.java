package io.millrace.services.music.demo;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.ServiceBus;
import io.millrace.services.demo.DemoArguments;
import io.millrace.services.music.MusicBot;
import io.millrace.services.music.settings.MusicSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * {@code scripts/run --demo music}: the bot on a running Millrace, between a stand-in of Discord and one of Lavalink, with some
 * people who ask for music. Prints what they see. Belongs to one event loop.
 */
public final class MusicDemo {
    private static final String GUILD = "42";
    private static final String CHANNEL = "77";
    private static final String VOICE_CHANNEL = "88";
    private static final String BOT = "900000000000000018";
    /** Where the sink sends what the program with the bot's Discord gateway has to do. */
    private static final String VOICE = "service.music.voice";

    private static final long ASK_MS = 7_000;
    private static final long TRACK_MS = 12_000;
    private static final List<String> SONGS = List.of(
            "never gonna give you up", "lofi hip hop radio", "smoke on the water", "so what", "around the world");

    private final Vertx vertx;
    private final ServiceBus discordEvents;
    private final DiscordStandIn discord;
    private final LavalinkStandIn lavalink;
    private final Random random = new Random();
    private int asked;

    private MusicDemo(Vertx vertx, DiscordStandIn discord, LavalinkStandIn lavalink, String botToken) {
        this.vertx = vertx;
        this.discord = discord;
        this.lavalink = lavalink;
        this.discordEvents = new ServiceBus(vertx, () -> botToken);
    }

    /** @param arguments those of {@link DemoArguments} */
    public static void main(String[] arguments) {
        DemoArguments millrace = DemoArguments.of(arguments);
        DiscordStandIn discord = new DiscordStandIn();
        LavalinkStandIn lavalink = new LavalinkStandIn();
        millrace.join()
                .compose(vertx -> new MusicDemo(vertx, discord, lavalink, millrace.token("discord"))
                        .start(millrace.postgres(), millrace.redis(), millrace.token("music-service")))
                .onFailure(error -> {
                    System.err.println("the demo couldn't start: " + error);
                    System.exit(1);
                });
    }

    private Future<Void> start(String postgres, String redis, String token) {
        for (String song : SONGS) {
            String identifier = "song-" + SONGS.indexOf(song);
            lavalink.catalogue.finds(
                    "ytsearch:" + song, lavalink.catalogue.track(identifier, song, "Artist of " + song));
        }
        discord.onChange(System.out::println);
        MusicSettings settings = new MusicSettings(
                discord.uri(),
                DiscordStandIn.TOKEN,
                BOT,
                lavalink.uri(),
                LavalinkStandIn.PASSWORD,
                Duration.ofSeconds(5),
                Duration.ofSeconds(1));
        return vertx.deployVerticle(new MusicBot(postgres, redis, () -> token, settings))
                .compose(deployed -> discordEvents.serve(VOICE, this::joinOrLeave))
                .map(served -> {
                    vertx.setPeriodic(1, ASK_MS, timer -> ask());
                    vertx.setPeriodic(TRACK_MS, timer -> {
                        if (lavalink.playing(GUILD) != null) {
                            lavalink.finish(GUILD);
                        }
                    });
                    return null;
                });
    }

    /** As the program with the bot's gateway does: it sends op 4, and Discord tells two things in some order. */
    private Future<Void> joinOrLeave(JsonObject event) {
        String channel = event.getJsonObject("data").getString("channelId");
        String id = event.getString("id");
        JsonObject state = new JsonObject()
                .put("guildId", GUILD)
                .put("channelId", channel)
                .put("userId", BOT)
                .put("sessionId", EventId.of(id, "session"));
        if (channel == null) {
            return publish(EventId.of(id, "state"), "voice:state_updated", state);
        }
        JsonObject server = new JsonObject()
                .put("guildId", GUILD)
                .put("token", EventId.of(id, "token"))
                .put("endpoint", "voice.example:443");
        boolean stateFirst = random.nextBoolean();
        Future<Void> first = stateFirst
                ? publish(EventId.of(id, "state"), "voice:state_updated", state)
                : publish(EventId.of(id, "server"), "voice:server_updated", server);
        return first.compose(told -> stateFirst
                ? publish(EventId.of(id, "server"), "voice:server_updated", server)
                : publish(EventId.of(id, "state"), "voice:state_updated", state));
    }

    private void ask() {
        String song = SONGS.get(asked++ % SONGS.size());
        System.out.println("somebody writes /play " + song);
        String id = UUID.randomUUID().toString();
        JsonObject command = new JsonObject()
                .put("guildId", GUILD)
                .put("channelId", CHANNEL)
                .put("userId", "user-" + asked)
                .put("voiceChannelId", VOICE_CHANNEL)
                .put("interactionId", String.valueOf(asked))
                .put("interactionToken", id.replace("-", ""))
                .put("applicationId", BOT)
                .put("command", "play")
                .put("query", song);
        publish(id, "music-command:received", command)
                .onFailure(error -> System.err.println("the command wasn't taken: " + error.getMessage()));
    }

    private Future<Void> publish(String id, String type, JsonObject data) {
        return discordEvents
                .publish(new JsonObject()
                        .put("id", id)
                        .put("source", "discord/demo")
                        .put("type", type)
                        .put("data", data))
                .mapEmpty();
    }

    /** What a message with an embed says, on one line. */
    static String line(JsonObject message) {
        JsonArray embeds = message.getJsonArray("embeds");
        if (embeds == null || embeds.isEmpty()) {
            return message.getString("content", "");
        }
        JsonObject embed = embeds.getJsonObject(0);
        String footer = embed.getJsonObject("footer", new JsonObject()).getString("text", "");
        return (embed.getString("title", "") + "  " + embed.getString("description", "") + "  " + footer)
                .replace("\n", ", ")
                .strip();
    }
}
