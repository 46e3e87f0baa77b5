package io.millrace.services.music.audio;

import io.millrace.services.bus.EventId;
import io.millrace.services.bus.RejectedException;
import io.millrace.services.music.lavalink.Lavalink;
import io.millrace.services.music.store.GuildConfigs;
import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.music.store.QueueItem;
import io.millrace.services.state.Correlation;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What plays, and what comes next. Each step may be done twice: the queue in PostgreSQL says which track plays, and the player
 * is told only if it plays another. Safe from any thread.
 */
final class Playback {
    private static final int RETRIES = 3;
    private static final JsonObject NOTHING = new JsonObject();

    private final MusicStore store;
    private final GuildConfigs configs;
    private final Lavalink lavalink;
    private final Autoplay autoplay;
    private final MusicEvents events;
    private final Answers answers;
    private final Duration retryWait;
    /** The waits before tracks are tried once more: its second side never comes. */
    private final Correlation retries;

    /** @param retryWait how long the first wait before another attempt is; it doubles with each */
    Playback(
            ServiceDatabase database,
            MusicStore store,
            GuildConfigs configs,
            Lavalink lavalink,
            Autoplay autoplay,
            MusicEvents events,
            Duration retryWait) {
        this.store = store;
        this.configs = configs;
        this.lavalink = lavalink;
        this.autoplay = autoplay;
        this.events = events;
        this.answers = new Answers(events);
        this.retryWait = retryWait;
        this.retries =
                new Correlation(database, "music-retry", retryWait, pair -> Future.succeededFuture(), this::waited);
    }

    Future<Void> start() {
        return retries.start();
    }

    void stop() {
        retries.stop();
    }

    /** Plays what is to be played now: the track that should, the next one, one of autoplay's, or none. */
    Future<Void> advance(String guild, String cause, JsonObject asked) {
        return store.startNext(guild).compose(item -> {
            if (item != null) {
                return play(item);
            }
            return chosen(guild, cause, asked)
                    .compose(added -> added ? advance(guild, cause, asked) : idle(guild, cause, asked));
        });
    }

    /** Plays a track unless the player plays it. */
    Future<Void> play(QueueItem item) {
        return play(item, false);
    }

    /** @param anew from its beginning, though the player has it */
    private Future<Void> play(QueueItem item, boolean anew) {
        return store.voice(item.guild())
                .compose(voice -> lavalink.play(item.guild(), item.id(), item.track(), voice, anew))
                .recover(error -> error instanceof RejectedException
                        ? refused(item, String.valueOf(error.getMessage()))
                        : Future.failedFuture(error));
    }

    /** The player doesn't take the track at all: it has failed, as one that stops. */
    private Future<Void> refused(QueueItem item, String why) {
        return events.publish(
                item.id(),
                "refused-" + item.attempts(),
                "playback:failed",
                of(item).put("message", MusicEvents.cut(why, MusicEvents.TEXT)));
    }

    private static JsonObject of(QueueItem item) {
        return new JsonObject().put("guildId", item.guild()).put("itemId", item.id());
    }

    /**
     * Compares what should play with the players of a session: in the order of each guild, so behind what the session has missed.
     *
     * @param cause the id of the session's beginning
     */
    Future<Void> restore(String cause) {
        return store.playing().compose(all -> Future.join(all.stream()
                        .map(item -> events.publish(
                                cause, "restored-" + item.id(), "playback:retried", of(item).put("restored", true)))
                        .toList())
                .mapEmpty());
    }

    /** Whether autoplay has put a track into the queue, by this cause for the first time. */
    private Future<Boolean> chosen(String guild, String cause, JsonObject asked) {
        String id = EventId.of(cause, "autoplay");
        return configs.of(guild).compose(config -> {
            if (!config.autoplay()) {
                return Future.succeededFuture(false);
            }
            return store.find(id)
                    .compose(before -> before != null
                            ? Future.succeededFuture(false)
                            : autoplay.choose(guild, config)
                                    .recover(error -> error instanceof Search.FailedException
                                            ? Future.<@Nullable JsonObject>succeededFuture(null)
                                            : Future.<@Nullable JsonObject>failedFuture(error))
                                    .compose(track -> track == null
                                            ? Future.succeededFuture(false)
                                            : add(id, guild, asked.getString("channelId"), track)
                                                    .map(true)));
        });
    }

    private Future<Void> add(String id, String guild, String channel, JsonObject track) {
        QueueItem item = new QueueItem(id, guild, channel, null, track, true, "queued", 0);
        return store.add(item).compose(place -> events.track(id, "queued", item, NOTHING));
    }

    private Future<Void> idle(String guild, String cause, JsonObject asked) {
        return lavalink.destroy(guild)
                .compose(gone -> store.setVoice(guild, null))
                .compose(left -> leave(guild, cause))
                .compose(told -> answers.show(cause, asked, "update", "idle", null));
    }

    Future<Void> leave(String guild, String cause) {
        return events.publish(cause, "leave", "voice:join_requested", new JsonObject().put("guildId", guild));
    }

    Future<Void> started(JsonObject event) {
        return store.started(itemOf(event))
                .compose(item -> item == null
                        ? Future.succeededFuture()
                        : events.track(id(event), "started", item, NOTHING)
                                .compose(told ->
                                        answers.show(id(event), Answers.channelOf(item), "update", "playing", item)));
    }

    /**
     * Of the reasons only {@code finished} calls for the next, and {@code cleanup}, by which Lavalink gives up a player, for
     * another attempt: the others follow what the service did itself, or a failure.
     */
    Future<Void> ended(JsonObject event) {
        return switch (event.getJsonObject("data").getString("reason")) {
            case "finished" ->
                end(event, itemOf(event), "played", "finished")
                        .compose(item -> item == null ? Future.succeededFuture() : next(event, item));
            case "cleanup" -> failed(event, PlaybackError.STUCK);
            default -> Future.succeededFuture();
        };
    }

    /** Ends the track that plays before its time. */
    Future<Void> skip(JsonObject event) {
        JsonObject asked = event.getJsonObject("data");
        String guild = asked.getString("guildId");
        return store.reach(id(event), guild)
                .compose(noted -> store.hasEnded(id(event)))
                .compose(before -> before
                        ? advance(guild, id(event), asked)
                        : store.playing(guild)
                                .compose(item -> item == null
                                        ? answers.error(id(event), asked, "Nothing is playing")
                                        : end(event, item.id(), "skipped", "skipped")
                                                .compose(ended -> advance(guild, id(event), asked))));
    }

    /** Completes with the track; null if another event has ended it. */
    private Future<@Nullable QueueItem> end(JsonObject event, String item, String status, String reason) {
        return store.end(item, status, reason, id(event))
                .<@Nullable QueueItem>compose(ended -> ended != null
                        ? Future.<@Nullable QueueItem>succeededFuture(ended)
                        : store.hasEnded(id(event))
                                .<@Nullable QueueItem>compose(before ->
                                        before ? store.find(item) : Future.<@Nullable QueueItem>succeededFuture(null)))
                .<@Nullable QueueItem>compose(ended -> ended == null
                        ? Future.<@Nullable QueueItem>succeededFuture(null)
                        : events.track(
                                        id(event),
                                        status.equals("failed") ? "failed" : "ended",
                                        ended,
                                        new JsonObject().put("reason", reason))
                                .<@Nullable QueueItem>map(ended));
    }

    private Future<Void> next(JsonObject event, QueueItem ended) {
        return advance(ended.guild(), id(event), Answers.channelOf(ended));
    }

    /** A track that can't be played is tried again, or skipped. */
    Future<Void> failed(JsonObject event) {
        JsonObject data = event.getJsonObject("data");
        return failed(event, PlaybackError.of(data.getString("message"), data.getString("severity", "common")));
    }

    private Future<Void> failed(JsonObject event, PlaybackError error) {
        return store.find(itemOf(event)).compose(item -> {
            if (item == null) {
                return Future.succeededFuture();
            }
            if (error.retryable() && item.attempts() < RETRIES && item.status().equals("playing")) {
                Duration wait = retryWait.multipliedBy(1L << item.attempts());
                return retries.accept(Correlation.Side.LEFT, id(event), event, wait);
            }
            return end(event, item.id(), "failed", error.type())
                    .compose(ended -> ended == null
                            ? Future.succeededFuture()
                            : answers.error(
                                            id(event),
                                            Answers.channelOf(item),
                                            error.told() + ", skipped: " + item.title())
                                    .compose(told -> next(event, item)));
        });
    }

    /** The wait is over. An event tells it, so that what follows happens in the order of the guild. */
    private Future<Void> waited(Correlation.Pair pair) {
        JsonObject event = pair.left();
        if (event == null) {
            return Future.succeededFuture();
        }
        JsonObject data = event.getJsonObject("data");
        return events.publish(
                pair.id(),
                "retried",
                "playback:retried",
                new JsonObject().put("guildId", data.getString("guildId")).put("itemId", data.getString("itemId")));
    }

    /** A stuck track is in its player yet: it is begun anew. One of before a session is only compared. */
    Future<Void> retried(JsonObject event) {
        boolean restored = event.getJsonObject("data").getBoolean("restored", false);
        return store.find(itemOf(event)).compose(item -> {
            if (item == null || !item.status().equals("playing")) {
                return Future.succeededFuture();
            }
            return restored
                    ? play(item)
                    : store.again(item.id(), item.attempts() + 1)
                            .compose(counted -> counted == null ? Future.succeededFuture() : play(counted, true));
        });
    }

    /**
     * Ends what played or waited in a guild when an event first came, and the connection, unless something was asked for since.
     *
     * @param cause the event's id
     */
    Future<MusicStore.Ended> endAll(String guild, String reason, String cause) {
        return store.endAll(guild, reason, cause)
                .compose(ended -> ended.isLatest()
                        ? lavalink.destroy(guild)
                                .compose(gone -> store.setVoice(guild, null))
                                .map(ended)
                        : Future.succeededFuture(ended));
    }

    private static String id(JsonObject event) {
        return event.getString("id");
    }

    private static String itemOf(JsonObject event) {
        return event.getJsonObject("data").getString("itemId");
    }
}
