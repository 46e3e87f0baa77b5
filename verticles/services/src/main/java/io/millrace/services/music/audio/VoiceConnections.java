package io.millrace.services.music.audio;

import io.millrace.services.music.lavalink.Lavalink;
import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.state.Correlation;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Objects;

/**
 * Makes one connection of the two events by which Discord tells the bot's voice session and its server, in whichever order they
 * come; and tells when one of them doesn't come. Safe from any thread.
 */
final class VoiceConnections {
    private static final Correlation.Side STATE = Correlation.Side.LEFT;
    private static final Correlation.Side SERVER = Correlation.Side.RIGHT;

    private final MusicStore store;
    private final Lavalink lavalink;
    private final MusicEvents events;
    private final Playback playback;
    private final Answers answers;
    private final String botUser;
    private final Correlation correlation;
    /** The times within which a channel must be joined after it was asked for. */
    private final Correlation joins;

    /**
     * @param botUser the bot's user id: the voice states of others aren't its own
     * @param within how long the second event may take
     */
    VoiceConnections(
            ServiceDatabase database,
            MusicStore store,
            Lavalink lavalink,
            MusicEvents events,
            Playback playback,
            String botUser,
            Duration within) {
        this.store = store;
        this.lavalink = lavalink;
        this.events = events;
        this.playback = playback;
        this.answers = new Answers(events);
        this.botUser = botUser;
        this.correlation = new Correlation(database, "music-voice", within, this::joined, this::expired);
        this.joins = new Correlation(
                database, "music-join", within.multipliedBy(2), pair -> Future.succeededFuture(), this::notJoined);
    }

    Future<Void> start() {
        return Future.join(correlation.start(), joins.start()).mapEmpty();
    }

    void stop() {
        correlation.stop();
        joins.stop();
    }

    Future<Void> stateUpdated(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        if (!botUser.equals(data.getString("userId"))) {
            return Future.succeededFuture();
        }
        String guild = data.getString("guildId");
        if (data.getString("channelId") == null) {
            return left(event);
        }
        return store.voice(guild).compose(known -> {
            if (known == null || !isOf(known, data)) {
                return correlation.accept(STATE, guild, event);
            }
            // Muted, or moved, say: the connection is the one that it was.
            return store.setVoice(guild, known.copy().put("channelId", data.getString("channelId")));
        });
    }

    private static boolean isOf(JsonObject voice, JsonObject state) {
        return voice.getString("sessionId").equals(state.getString("sessionId"));
    }

    /**
     * Nothing is to be done where the bot has left by itself: what waits then is for the next channel. Nor where another session
     * has begun since.
     */
    private Future<Void> left(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String guild = data.getString("guildId");
        return store.voice(guild)
                .compose(known -> known != null && isOf(known, data)
                        ? playback.endAll(guild, "disconnected", event.getString("id"))
                                .mapEmpty()
                        : Future.succeededFuture());
    }

    /** A channel is asked for, or, without one, left. */
    Future<Void> requested(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String guild = data.getString("guildId");
        return data.getString("channelId") == null
                ? joins.cancel(guild, event).compose(done -> correlation.cancel(guild, event))
                : joins.accept(STATE, guild, event);
    }

    private Future<Void> notJoined(Correlation.Pair pair) {
        return failed(pair, "both");
    }

    Future<Void> serverUpdated(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String guild = data.getString("guildId");
        if (data.getString("endpoint") == null) {
            // The server is gone; Discord tells of another.
            return Future.succeededFuture();
        }
        return store.voice(guild)
                .compose(known -> known != null
                        // The server of a connection changes: its session stays, and isn't told once more.
                        ? ready(event.getString("id"), guild, known, data)
                        : correlation.accept(SERVER, guild, event));
    }

    private Future<Void> joined(Correlation.Pair pair) {
        JsonObject state = Objects.requireNonNull(pair.left()).getJsonObject("data");
        JsonObject server = Objects.requireNonNull(pair.right()).getJsonObject("data");
        return ready(pair.id(), pair.key(), state, server);
    }

    /** @param state with the session and the channel */
    private Future<Void> ready(String cause, String guild, JsonObject state, JsonObject server) {
        JsonObject data = new JsonObject()
                .put("guildId", guild)
                .put("sessionId", state.getString("sessionId"))
                .put("token", server.getString("token"))
                .put("endpoint", server.getString("endpoint"));
        if (state.getString("channelId") != null) {
            data.put("channelId", state.getString("channelId"));
        }
        return events.publish(cause, "ready", "voice:ready", data);
    }

    private Future<Void> expired(Correlation.Pair pair) {
        return failed(pair, pair.left() == null ? "state" : "server");
    }

    private Future<Void> failed(Correlation.Pair pair, String missing) {
        return events.publish(
                pair.id(),
                "failed",
                "voice:failed",
                new JsonObject().put("guildId", pair.key()).put("missing", missing));
    }

    /** Gives the player its connection, and plays what waited for it. */
    Future<Void> ready(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        String guild = data.getString("guildId");
        JsonObject voice = new JsonObject()
                .put("token", data.getString("token"))
                .put("endpoint", data.getString("endpoint"))
                .put("sessionId", data.getString("sessionId"))
                .put("channelId", data.getString("channelId"));
        return lavalink.connect(guild, voice)
                .compose(done -> store.setVoice(guild, voice))
                .compose(noted -> joins.cancel(guild, event))
                .compose(noted -> correlation.cancel(guild, event))
                .compose(noted -> store.startNext(guild))
                .compose(item -> item == null ? Future.succeededFuture() : playback.play(item));
    }

    /**
     * Without a connection nothing can be played: the queue is emptied, the channel is told, and whatever of the connection
     * there is is given up. Where there is one, what has failed is a half that was left over.
     */
    Future<Void> failed(JsonObject event) {
        String guild = event.getJsonObject("data").getString("guildId");
        return store.voice(guild)
                .compose(known -> known == null ? notConnected(event, guild) : Future.succeededFuture());
    }

    private Future<Void> notConnected(JsonObject event, String guild) {
        String id = event.getString("id");
        return playback.endAll(guild, "voice", id)
                .compose(ended ->
                        ended.isLatest() ? playback.leave(guild, id).map(ended) : Future.succeededFuture(ended))
                .compose(ended -> ended.items().isEmpty()
                        ? Future.succeededFuture()
                        : answers.error(
                                id, Answers.channelOf(ended.items().get(0)), "The voice channel can't be joined"));
    }
}
