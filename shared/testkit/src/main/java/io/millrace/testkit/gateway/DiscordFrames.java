package io.millrace.testkit.gateway;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Frames of Discord's gateway as it sent them, with names and numbers replaced: the test data of Accord.jl, whose licence
 * lies beside them.
 */
public final class DiscordFrames {
    /** The names of the files, without {@code gateway_}. */
    public static final List<String> DISPATCHES = List.of(
            "message_create",
            "message_update",
            "message_delete",
            "message_reaction_add",
            "guild_member_update",
            "thread_create",
            "voice_state_update",
            "voice_channel_status_update",
            "voice_channel_start_time_update");

    private DiscordFrames() {}

    /** Every frame of a file. */
    public static List<JsonObject> of(String name) {
        try (InputStream file = DiscordFrames.class.getResourceAsStream("/discord/gateway_" + name + ".json")) {
            if (file == null) {
                throw new IllegalArgumentException("there are no frames " + name);
            }
            List<JsonObject> frames = new ArrayList<>();
            new JsonArray(new String(file.readAllBytes(), StandardCharsets.UTF_8))
                    .forEach(frame -> frames.add((JsonObject) frame));
            return frames;
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
