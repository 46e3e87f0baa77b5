package io.millrace.services.music.discord;

import io.millrace.services.bus.ServiceBus;
import io.millrace.services.music.settings.MusicSettings;
import io.millrace.services.music.store.GuildConfig;
import io.millrace.services.music.store.GuildConfigs;
import io.millrace.services.music.store.MusicCache;
import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What people see of the bot: it acknowledges commands and buttons, checks them, passes them on to the worker, and shows what
 * the worker answers. Safe from any thread.
 */
public final class GatewayService {
    /** Where the sink sends what people ask, and what the worker answers. */
    public static final String ADDRESS = "service.music.gateway";

    private static final String ONLY_DJS = "Only DJs may do that here";
    private static final String PROCESSING = "🎵 Processing…";
    private static final Duration MESSAGE_LIFE = Duration.ofHours(24);
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final int COMMANDS = 5;
    private static final int PREMIUM_COMMANDS = 20;
    /** Administrator, and Manage Server. */
    private static final BigInteger MANAGERS = BigInteger.valueOf(0x8 | 0x20);

    private final ServiceBus bus;
    private final Discord discord;
    private final MusicStore store;
    private final GuildConfigs configs;
    private final MusicCache cache;
    private final MusicEvents events;

    public GatewayService(
            Vertx vertx, ServiceBus bus, ServiceDatabase database, MusicCache cache, MusicSettings settings) {
        this.bus = bus;
        this.cache = cache;
        this.discord = new Discord(vertx, settings.discord(), settings.discordToken());
        this.store = new MusicStore(database);
        this.configs = new GuildConfigs(store, cache);
        this.events = new MusicEvents(bus);
    }

    public Future<Void> start() {
        return bus.serve(ADDRESS, this::handle);
    }

    public Future<Void> stop() {
        return discord.close();
    }

    private Future<Void> handle(JsonObject event) {
        String id = event.getString("id");
        JsonObject data = event.getJsonObject("data");
        return switch (event.getString("type")) {
            case "music-command:received" -> received(id, data);
            case "music-command:pressed" -> pressed(id, data);
            case "music-command:answered" -> answered(id, data);
            default -> Future.succeededFuture();
        };
    }

    /** First of all it is acknowledged: Discord waits for three seconds, and people for less. */
    private Future<Void> received(String id, JsonObject command) {
        return discord.acknowledge(command, PROCESSING)
                .compose(done -> configs.of(command.getString("guildId")))
                .compose(config -> refusal(id, command, config))
                .compose(refused -> refused == null
                        ? accept(id, command)
                        : discord.editOriginal(command, new JsonObject().put("content", "⚠️ " + refused)));
    }

    /** Why a command isn't passed on; null if it is. */
    private Future<@Nullable String> refusal(String id, JsonObject command, GuildConfig config) {
        if (!command.getString("command").equals("play")) {
            return mayControl(command, config)
                    ? permitted(id, command, config)
                    : Future.<@Nullable String>succeededFuture(ONLY_DJS);
        }
        String channel = command.getString("voiceChannelId");
        if (command.getString("query", "").isBlank()) {
            return Future.<@Nullable String>succeededFuture("Tell what to play");
        }
        if (channel == null) {
            return Future.<@Nullable String>succeededFuture("Join a voice channel first");
        }
        return store.voice(command.getString("guildId")).<@Nullable String>compose(voice -> {
            String own = voice == null ? null : voice.getString("channelId");
            return own == null || own.equals(channel)
                    ? permitted(id, command, config)
                    : Future.<@Nullable String>succeededFuture("The music plays in another voice channel");
        });
    }

    private Future<@Nullable String> permitted(String id, JsonObject command, GuildConfig config) {
        String limit = "command:" + command.getString("guildId") + ":" + command.getString("userId");
        return cache.permits(limit, config.premium() ? PREMIUM_COMMANDS : COMMANDS, WINDOW, id)
                .<@Nullable String>map(permitted -> permitted ? null : "Too many commands, try again in a few seconds");
    }

    private Future<Void> accept(String id, JsonObject command) {
        JsonObject accepted = new JsonObject();
        List<String> passed = List.of(
                "guildId",
                "channelId",
                "userId",
                "voiceChannelId",
                "interactionToken",
                "applicationId",
                "command",
                "query");
        for (String name : passed) {
            if (command.getValue(name) != null) {
                accepted.put(name, command.getValue(name));
            }
        }
        return events.publish(id, "accepted", "music-command:accepted", accepted);
    }

    private Future<Void> pressed(String id, JsonObject button) {
        return discord.defer(button)
                .compose(done -> configs.of(button.getString("guildId")))
                .compose(config -> {
                    if (!mayControl(button, config)) {
                        return discord.followUp(button, "⚠️ " + ONLY_DJS);
                    }
                    // Without its token: its message is the player's, which stays.
                    JsonObject command = button.copy();
                    command.remove("interactionToken");
                    JsonArray disabled =
                            NowPlaying.buttons(button.getString("command").equals("resume"), true);
                    return discord.editOriginal(button, new JsonObject().put("components", disabled))
                            .compose(shown -> accept(id, command));
                });
    }

    /** Where a DJ's role is named, only its members and the managers of the server control the player. */
    private static boolean mayControl(JsonObject asked, GuildConfig config) {
        boolean manages = !new BigInteger(asked.getString("permissions", "0"))
                .and(MANAGERS)
                .equals(BigInteger.ZERO);
        return config.djRole() == null
                || manages
                || asked.getJsonArray("roles", new JsonArray()).contains(config.djRole());
    }

    private Future<Void> answered(String id, JsonObject answer) {
        if (answer.getString("action").equals("error")) {
            return error(id, answer);
        }
        Future<Void> cleared = answer.getString("interactionToken") == null
                ? Future.succeededFuture()
                : discord.deleteOriginal(answer);
        return cleared.compose(
                done -> answer.getString("action").equals("create") ? create(id, answer) : update(id, answer));
    }

    private Future<Void> create(String id, JsonObject answer) {
        return discord.createMessage(answer.getString("channelId"), NowPlaying.of(answer), id)
                .compose(
                        message -> cache.put(key(answer), answer.getString("channelId") + "/" + message, MESSAGE_LIFE));
    }

    /** Edits the guild's message; writes another if there is none, or none any more. */
    private Future<Void> update(String id, JsonObject answer) {
        return cache.get(key(answer)).compose(known -> {
            if (known == null) {
                return create(id, answer);
            }
            String[] place = known.split("/", 2);
            return discord.editMessage(place[0], place[1], NowPlaying.of(answer))
                    .compose(there -> there ? Future.succeededFuture() : create(id, answer));
        });
    }

    /** The user of a command sees it in place of "Processing…"; an error without a command is told to the channel. */
    private Future<Void> error(String id, JsonObject answer) {
        JsonObject message = new JsonObject().put("content", "⚠️ " + answer.getString("message"));
        return answer.getString("interactionToken") != null
                ? discord.editOriginal(answer, message)
                : discord.createMessage(answer.getString("channelId"), message, id)
                        .mapEmpty();
    }

    private static String key(JsonObject answer) {
        return "ui:" + answer.getString("guildId");
    }
}
