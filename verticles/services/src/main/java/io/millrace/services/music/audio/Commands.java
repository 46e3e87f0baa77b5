package io.millrace.services.music.audio;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.music.lavalink.Lavalink;
import io.millrace.services.music.store.GuildConfig;
import io.millrace.services.music.store.GuildConfigs;
import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.music.store.QueueItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** Does what people ask for. Safe from any thread. */
final class Commands {
    private final MusicStore store;
    private final GuildConfigs configs;
    private final Lavalink lavalink;
    private final Search search;
    private final Playback playback;
    private final MusicEvents events;
    private final Answers answers;

    Commands(
            MusicStore store,
            GuildConfigs configs,
            Lavalink lavalink,
            Search search,
            Playback playback,
            MusicEvents events) {
        this.store = store;
        this.configs = configs;
        this.lavalink = lavalink;
        this.search = search;
        this.playback = playback;
        this.events = events;
        this.answers = new Answers(events);
    }

    Future<Void> accepted(JsonObject event) {
        JsonObject asked = event.getJsonObject("data");
        return switch (asked.getString("command")) {
            case "play" -> play(event.getString("id"), asked);
            case "pause" -> pause(event.getString("id"), asked, true);
            case "resume" -> pause(event.getString("id"), asked, false);
            case "skip" -> playback.skip(event);
            case "stop" -> stop(event.getString("id"), asked);
            default -> throw new RejectedException("the command " + asked.getString("command") + " is unknown");
        };
    }

    private Future<Void> play(String id, JsonObject asked) {
        String guild = asked.getString("guildId");
        return store.find(id)
                .compose(before -> before != null
                        // It came before: what was found then is in the queue.
                        ? queued(before, asked)
                        : configs.of(guild)
                                .compose(config -> store.waiting(guild).compose(waiting -> {
                                    if (waiting >= config.queueLimit()) {
                                        return answers.error(
                                                id, asked, "The queue is full: " + waiting + " tracks wait");
                                    }
                                    return search(id, asked, config);
                                })))
                .recover(error -> error instanceof Search.FailedException
                        ? answers.error(id, asked, String.valueOf(error.getMessage()))
                        : Future.failedFuture(error));
    }

    private Future<Void> search(String id, JsonObject asked, GuildConfig config) {
        return search.find(asked.getString("guildId"), asked.getString("query")).compose(found -> {
            JsonObject track = found.stream()
                    .filter(each -> !config.isBlacklisted(each.getJsonObject("info")))
                    .findFirst()
                    .orElse(null);
            if (track == null) {
                return answers.error(
                        id, asked, found.isEmpty() ? "Nothing was found" : "What was found may not be played here");
            }
            return queued(
                    new QueueItem(
                            id,
                            asked.getString("guildId"),
                            asked.getString("channelId"),
                            asked.getString("userId"),
                            track,
                            false,
                            "queued",
                            0),
                    asked);
        });
    }

    private Future<Void> queued(QueueItem item, JsonObject asked) {
        return store.add(item)
                .compose(place -> events.track(item.id(), "queued", item, new JsonObject().put("status", "queued"))
                        .compose(told -> store.playing(item.guild()))
                        .compose(playing -> isSame(playing, item)
                                ? first(item, asked)
                                : playing == null ? begin(item, place, asked) : behind(item, playing, place, asked)));
    }

    /** Nothing plays: the oldest that waits is begun, or, while the channel isn't joined yet, waited for. */
    private Future<Void> begin(QueueItem item, int place, JsonObject asked) {
        return store.voice(item.guild())
                .compose(voice -> place <= 1 || voice != null ? first(item, asked) : behind(item, null, place, asked));
    }

    private static boolean isSame(@Nullable QueueItem playing, QueueItem item) {
        return playing != null && playing.id().equals(item.id());
    }

    private Future<Void> behind(QueueItem item, @Nullable QueueItem playing, int place, JsonObject asked) {
        JsonObject more = new JsonObject()
                .put("queuePosition", Math.max(1, place))
                .put("message", "Added to the queue: " + item.title());
        return playing == null
                ? answers.show(item.id(), asked, "update", "waiting", item, more)
                : answers.show(item.id(), asked, "update", "playing", playing, more);
    }

    /** Nothing else plays: plays it, or asks for a voice connection, after which it is played. */
    private Future<Void> first(QueueItem item, JsonObject asked) {
        return store.voice(item.guild()).compose(voice -> {
            Future<Void> begun = voice != null
                    ? playback.advance(item.guild(), item.id(), asked)
                    : events.publish(
                            item.id(),
                            "join",
                            "voice:join_requested",
                            new JsonObject()
                                    .put("guildId", item.guild())
                                    .put("channelId", asked.getString("voiceChannelId")));
            return begun.compose(done -> answers.show(item.id(), asked, "create", "waiting", item));
        });
    }

    private Future<Void> pause(String id, JsonObject asked, boolean paused) {
        String guild = asked.getString("guildId");
        return store.playing(guild)
                .compose(item -> item == null
                        ? answers.error(id, asked, "Nothing is playing")
                        : lavalink.update(guild, new JsonObject().put("paused", paused))
                                .compose(done ->
                                        answers.show(id, asked, "update", paused ? "paused" : "playing", item)));
    }

    private Future<Void> stop(String id, JsonObject asked) {
        String guild = asked.getString("guildId");
        return playback.endAll(guild, "stopped", id)
                .compose(ended -> playback.leave(guild, id))
                .compose(left -> answers.show(id, asked, "update", "idle", null));
    }
}
