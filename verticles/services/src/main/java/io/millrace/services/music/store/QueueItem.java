package io.millrace.services.music.store;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * A track in a guild's queue, or in its history. Immutable.
 *
 * @param id of the event that asked for it, and so the same when that comes again
 * @param user null if the bot chose it
 * @param track as Lavalink has it: {@code encoded} and {@code info}
 * @param attempts how often it was tried again
 */
public record QueueItem(
        String id,
        String guild,
        String channel,
        @Nullable String user,
        JsonObject track,
        boolean autoplay,
        String status,
        int attempts) {
    public JsonObject info() {
        return track.getJsonObject("info", new JsonObject());
    }

    public String title() {
        return info().getString("title", "");
    }

    public String identifier() {
        return info().getString("identifier", "");
    }
}
