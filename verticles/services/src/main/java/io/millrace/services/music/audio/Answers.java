package io.millrace.services.music.audio;

import io.millrace.services.music.store.MusicEvents;
import io.millrace.services.music.store.QueueItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells the gateway what to show. Safe from any thread. */
final class Answers {
    private static final List<String> SHOWN = List.of("title", "author", "uri", "artworkUrl", "length");

    private final MusicEvents events;

    Answers(MusicEvents events) {
        this.events = events;
    }

    /** Shows what is playing in a new message, or in the one that is there. */
    Future<Void> show(String cause, JsonObject asked, String action, String status, @Nullable QueueItem item) {
        return show(cause, asked, action, status, item, new JsonObject());
    }

    Future<Void> show(
            String cause, JsonObject asked, String action, String status, @Nullable QueueItem item, JsonObject more) {
        JsonObject data = to(asked).put("action", action).put("status", status).mergeIn(more);
        if (item != null) {
            JsonObject track = new JsonObject();
            SHOWN.forEach(name -> {
                Object value = item.info().getValue(name);
                if (value != null) {
                    track.put(name, value instanceof String text ? MusicEvents.cut(text, MusicEvents.TEXT) : value);
                }
            });
            data.put("track", track).put("autoplay", item.autoplay());
        }
        return tell(cause, "answer-" + action + "-" + status, data);
    }

    /** Tells the user of the command, or the channel, what went wrong. */
    Future<Void> error(String cause, JsonObject asked, String message) {
        return tell(cause, "answer-error", to(asked).put("action", "error").put("message", message));
    }

    private Future<Void> tell(String cause, String step, JsonObject data) {
        if (data.containsKey("message")) {
            data.put("message", MusicEvents.cut(data.getString("message"), MusicEvents.TEXT));
        }
        return events.tell(cause, step, "music-command:answered", data);
    }

    private static JsonObject to(JsonObject asked) {
        JsonObject data = new JsonObject();
        for (String name : List.of("guildId", "channelId", "interactionToken", "applicationId")) {
            if (asked.getString(name) != null) {
                data.put(name, asked.getString(name));
            }
        }
        return data;
    }

    /** To the channel where a track was asked for. */
    static JsonObject channelOf(QueueItem item) {
        return new JsonObject().put("guildId", item.guild()).put("channelId", item.channel());
    }
}
