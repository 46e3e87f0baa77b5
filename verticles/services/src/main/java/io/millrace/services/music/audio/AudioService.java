package io.millrace.services.music.audio;

import io.millrace.services.bus.ServiceBus;
import io.millrace.services.music.lavalink.Lavalink;
import io.millrace.services.music.settings.MusicSettings;
import io.millrace.services.music.store.GuildConfigs;
import io.millrace.services.music.store.MusicCache;
import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The worker: what it does about each event of a guild, and the events that it makes of what Lavalink tells. What must not
 * be lost is in PostgreSQL. It runs once for each Lavalink node, whose players belong to its session. Belongs to one event
 * loop.
 */
public final class AudioService {
    /** Where the sink sends what the worker works on. */
    public static final String ADDRESS = "service.music.audio";

    private static final Logger LOG = LoggerFactory.getLogger(AudioService.class);
    private static final int SEARCHES = 10;
    private static final long AGAIN_MS = 500;

    private final Vertx vertx;
    private final ServiceBus bus;
    private final MusicStore store;
    private final MusicEvents events;
    private final Lavalink lavalink;
    private final GuildConfigs configs;
    private final Playback playback;
    private final VoiceConnections voice;
    private final Commands commands;
    /** What Lavalink told last is published after what it told before. */
    private Future<Void> told = Future.succeededFuture();

    public AudioService(
            Vertx vertx, ServiceBus bus, ServiceDatabase database, MusicCache cache, MusicSettings settings) {
        this.vertx = vertx;
        this.bus = bus;
        this.events = new MusicEvents(bus);
        this.store = new MusicStore(database);
        this.configs = new GuildConfigs(store, cache);
        this.lavalink = new Lavalink(
                vertx, settings.lavalink(), settings.lavalinkPassword(), settings.botUser(), this::receive);
        Search search = new Search(lavalink, cache, SEARCHES);
        this.playback = new Playback(
                database, store, configs, lavalink, new Autoplay(store, search), events, settings.retryWait());
        this.voice = new VoiceConnections(
                database, store, lavalink, events, playback, settings.botUser(), settings.voiceTimeout());
        this.commands = new Commands(store, configs, lavalink, search, playback, events);
    }

    public Future<Void> start() {
        return Future.join(voice.start(), playback.start())
                .compose(started -> store.session())
                .compose(session -> {
                    lavalink.connect(session);
                    return bus.serve(ADDRESS, this::handle);
                });
    }

    public Future<Void> stop() {
        voice.stop();
        playback.stop();
        return lavalink.close();
    }

    private Future<Void> handle(JsonObject event) {
        return switch (event.getString("type")) {
            case "music-command:accepted" -> commands.accepted(event);
            case "voice:join_requested" -> voice.requested(event);
            case "voice:state_updated" -> voice.stateUpdated(event);
            case "voice:server_updated" -> voice.serverUpdated(event);
            case "voice:ready" -> voice.ready(event);
            case "voice:failed" -> voice.failed(event);
            case "playback:started" -> playback.started(event);
            case "playback:ended" -> playback.ended(event);
            case "playback:failed" -> playback.failed(event);
            case "playback:retried" -> playback.retried(event);
            case "music:configured" ->
                configs.change(event.getJsonObject("data").getString("guildId"), event.getJsonObject("data"));
            default -> Future.succeededFuture();
        };
    }

    private void receive(JsonObject message) {
        if (message.getString("op").equals("ready")) {
            String id = UUID.randomUUID().toString();
            told = told.compose(before -> ready(message.getString("sessionId"), id));
            return;
        }
        String type = message.getString("type", "");
        JsonObject data = data(message, type);
        if (data != null) {
            String id = UUID.randomUUID().toString();
            told = told.compose(before -> publish(id, eventType(type), data));
        }
    }

    /** Until it is done: compares every guild's track with its player, behind what the session missed. */
    private Future<Void> ready(String session, String id) {
        return store.setSession(session).compose(noted -> playback.restore(id)).recover(error -> {
            LOG.warn("what should play in the session {} isn't known, and is read again", session, error);
            return vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).compose(again -> ready(session, id));
        });
    }

    private static String eventType(String type) {
        return switch (type) {
            case "TrackStartEvent" -> "playback:started";
            case "TrackEndEvent" -> "playback:ended";
            default -> "playback:failed";
        };
    }

    /** Null of what the worker makes nothing of, like the track of another program. */
    private static @Nullable JsonObject data(JsonObject message, String type) {
        JsonObject track = message.getJsonObject("track");
        String item = track == null
                ? null
                : track.getJsonObject("userData", new JsonObject()).getString("item");
        if (item == null) {
            return null;
        }
        JsonObject data =
                new JsonObject().put("guildId", message.getString("guildId")).put("itemId", item);
        return switch (type) {
            case "TrackStartEvent" -> data;
            case "TrackEndEvent" -> data.put("reason", message.getString("reason"));
            case "TrackExceptionEvent" -> {
                JsonObject exception = message.getJsonObject("exception", new JsonObject());
                yield data.put("message", MusicEvents.cut(exception.getString("message"), MusicEvents.TEXT))
                        .put("severity", Objects.requireNonNullElse(exception.getString("severity"), "common"));
            }
            case "TrackStuckEvent" -> data.put("message", "the track is stuck");
            default -> null;
        };
    }

    /** Until it is taken or refused: Lavalink doesn't tell it again. */
    private Future<Void> publish(String id, String type, JsonObject data) {
        return events.tell(id, "told", type, data).recover(error -> {
            LOG.warn("{} of {} couldn't be published, and is tried again", type, data.getString("guildId"), error);
            return vertx.timer(AGAIN_MS, TimeUnit.MILLISECONDS).compose(again -> publish(id, type, data));
        });
    }
}
