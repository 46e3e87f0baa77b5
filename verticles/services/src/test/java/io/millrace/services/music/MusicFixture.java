package io.millrace.services.music;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.services.MillraceStandIn;
import io.millrace.services.ServiceServers;
import io.millrace.services.music.audio.AudioService;
import io.millrace.services.music.demo.DiscordStandIn;
import io.millrace.services.music.demo.LavalinkStandIn;
import io.millrace.services.music.discord.GatewayService;
import io.millrace.services.music.settings.MusicSettings;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The bot between the stand-ins of Millrace, Discord and Lavalink, with a real PostgreSQL and a real Redis. Of a whole test
 * class, each of whose tests has a guild of its own; no test leaves a dead event.
 */
@SuppressWarnings("NullAway.Init")
final class MusicFixture implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    static final String BOT = "900000000000000018";
    static final String CHANNEL = "77";

    ServiceServers servers;
    final DiscordStandIn discord = new DiscordStandIn();
    final LavalinkStandIn lavalink = new LavalinkStandIn();
    private final Vertx vertx = Vertx.vertx();
    final MillraceStandIn millrace = new MillraceStandIn(vertx, "guildId");
    private final Duration voiceTime;
    private String deployed = "";
    private int number;

    MusicFixture() {
        this(Duration.ofSeconds(20));
    }

    /** @param voiceTime how long the second of the two voice events may take; short only where it doesn't come */
    MusicFixture(Duration voiceTime) {
        this.voiceTime = voiceTime;
    }

    @Override
    public void beforeAll(ExtensionContext test) throws Exception {
        servers = new ServiceServers();
        millrace.sink(
                GatewayService.ADDRESS,
                Set.of("music-command:received", "music-command:pressed", "music-command:answered")::contains);
        millrace.sink(
                AudioService.ADDRESS,
                type -> type.equals("music-command:accepted")
                        || type.equals("music:configured")
                        || type.startsWith("voice:")
                        || type.startsWith("playback:"));
        startBot();
    }

    void startBot() throws Exception {
        MusicSettings settings = new MusicSettings(
                discord.uri(),
                DiscordStandIn.TOKEN,
                BOT,
                lavalink.uri(),
                LavalinkStandIn.PASSWORD,
                voiceTime,
                Duration.ofMillis(100));
        deployed = await(vertx.deployVerticle(
                new MusicBot(servers.postgres.uri(), servers.redis.uri(), () -> "the-token", settings)));
        await().until(lavalink::isConnected);
    }

    void stopBot() throws Exception {
        await(vertx.undeploy(deployed));
    }

    /** A slash command of a user in a voice channel; returns the interaction's token. */
    String command(String guild, String user, String command, JsonObject more) {
        String token = "token" + ++number;
        millrace.publish(
                "interaction-" + number,
                "music-command:received",
                new JsonObject()
                        .put("guildId", guild)
                        .put("channelId", CHANNEL)
                        .put("userId", user)
                        .put("voiceChannelId", "88")
                        .put("interactionId", String.valueOf(number))
                        .put("interactionToken", token)
                        .put("applicationId", "app")
                        .put("command", command)
                        .mergeIn(more));
        return token;
    }

    String play(String guild, String query) {
        return command(guild, "user-of-" + guild, "play", new JsonObject().put("query", query));
    }

    /** A button under the guild's message. */
    String press(String guild, String command, JsonObject more) {
        String token = "token" + ++number;
        millrace.publish(
                "interaction-" + number,
                "music-command:pressed",
                new JsonObject()
                        .put("guildId", guild)
                        .put("channelId", CHANNEL)
                        .put("userId", "user-of-" + guild)
                        .put("interactionId", String.valueOf(number))
                        .put("interactionToken", token)
                        .put("applicationId", "app")
                        .put("messageId", "1")
                        .put("command", command)
                        .mergeIn(more));
        return token;
    }

    void configure(String guild, JsonObject config) {
        millrace.publish("config-" + ++number, "music:configured", config.copy().put("guildId", guild));
    }

    void voiceState(String guild, String session) {
        millrace.publish(
                "voice-" + ++number,
                "voice:state_updated",
                new JsonObject()
                        .put("guildId", guild)
                        .put("userId", BOT)
                        .put("channelId", "88")
                        .put("sessionId", session));
    }

    void voiceServer(String guild, String token, String endpoint) {
        millrace.publish(
                "voice-" + ++number,
                "voice:server_updated",
                new JsonObject().put("guildId", guild).put("token", token).put("endpoint", endpoint));
    }

    /** The bot is in a channel of the guild, and its player has the connection. */
    void connected(String guild) {
        voiceState(guild, "session-of-" + guild);
        voiceServer(guild, "voice-token", "voice.example:443");
        await().until(() -> lavalink.players.containsKey(guild));
    }

    /** A track that a search for its title finds. */
    JsonObject known(String identifier, String title, String author) {
        JsonObject track = lavalink.catalogue.track(identifier, title, author);
        lavalink.catalogue.finds("ytsearch:" + title, track);
        return track;
    }

    int count(String type, String guild) {
        return (int) millrace.events(type).stream()
                .filter(data -> data.getString("guildId").equals(guild))
                .count();
    }

    /** A guild's player as it stands; empty if there is none. */
    JsonObject player(String guild) {
        return lavalink.players.getOrDefault(guild, new JsonObject());
    }

    /** The answer to a command as it stands; empty if it is gone. */
    JsonObject original(String token) {
        return discord.originals.getOrDefault(token, new JsonObject());
    }

    /** The newest message of the guilds' channel. */
    JsonObject shown() {
        return discord.messages.entrySet().stream()
                .max(Map.Entry.comparingByKey())
                .map(Map.Entry::getValue)
                .orElse(new JsonObject());
    }

    /** The embed of the newest message that has one. */
    JsonObject embed() {
        return discord.messages.entrySet().stream()
                .filter(entry -> entry.getValue().containsKey("embeds"))
                .max(Map.Entry.comparingByKey(Comparator.naturalOrder()))
                .map(entry -> entry.getValue().getJsonArray("embeds").getJsonObject(0))
                .orElse(new JsonObject());
    }

    String title() {
        return embed().getString("title", "");
    }

    /** The buttons of a message: their custom ids, disabled ones with a minus. */
    static List<String> buttons(JsonObject message) {
        JsonArray row = message.getJsonArray("components", new JsonArray().add(new JsonObject()))
                .getJsonObject(0)
                .getJsonArray("components", new JsonArray());
        return row.stream()
                .map(JsonObject.class::cast)
                .map(button -> (button.getBoolean("disabled") ? "-" : "") + button.getString("custom_id"))
                .toList();
    }

    @Override
    public void afterEach(ExtensionContext test) {
        assertEquals(List.of(), millrace.dead);
        discord.messages.clear();
        lavalink.searches.clear();
        lavalink.played.clear();
    }

    @Override
    public void afterAll(ExtensionContext test) throws Exception {
        await(vertx.close());
        discord.close();
        lavalink.close();
        servers.close();
    }
}
