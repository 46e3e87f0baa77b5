package io.millrace.services.music.discord;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** The message that shows what is playing, with its buttons. */
final class NowPlaying {
    private static final int ACTION_ROW = 1;
    private static final int BUTTON = 2;
    private static final int SECONDARY = 2;
    private static final int DANGER = 4;
    private static final int COLOUR = 0x5865F2;

    private NowPlaying() {}

    /** @param answer the data of {@code music-command:answered} */
    static JsonObject of(JsonObject answer) {
        String status = answer.getString("status", "idle");
        JsonObject track = answer.getJsonObject("track");
        JsonObject embed = new JsonObject().put("color", COLOUR).put("title", title(status));
        if (track != null) {
            embed.put("description", "**" + track.getString("title", "") + "**\n" + track.getString("author", ""));
            if (track.getString("uri") != null) {
                embed.put("url", track.getString("uri"));
            }
            if (track.getString("artworkUrl") != null) {
                embed.put("thumbnail", new JsonObject().put("url", track.getString("artworkUrl")));
            }
        }
        String footer = answer.getString("message", answer.getBoolean("autoplay", false) ? "Autoplay" : "");
        if (!footer.isEmpty()) {
            embed.put("footer", new JsonObject().put("text", footer));
        }
        return new JsonObject()
                .put("embeds", new JsonArray().add(embed))
                .put("components", buttons(status.equals("paused"), status.equals("idle")));
    }

    private static String title(String status) {
        return switch (status) {
            case "playing" -> "▶️ Now playing";
            case "paused" -> "⏸️ Paused";
            case "waiting" -> "⏳ Joining the voice channel";
            default -> "⏹️ Nothing is playing";
        };
    }

    /** The buttons of a player; disabled while what was pressed isn't done yet, or where nothing plays. */
    static JsonArray buttons(boolean paused, boolean disabled) {
        JsonArray buttons = new JsonArray()
                .add(button(paused ? "resume" : "pause", paused ? "▶️" : "⏸️", SECONDARY, disabled))
                .add(button("skip", "⏭️", SECONDARY, disabled))
                .add(button("stop", "⏹️", DANGER, disabled));
        return new JsonArray().add(new JsonObject().put("type", ACTION_ROW).put("components", buttons));
    }

    private static JsonObject button(String command, String label, int style, boolean disabled) {
        return new JsonObject()
                .put("type", BUTTON)
                .put("custom_id", "music:" + command)
                .put("label", label)
                .put("style", style)
                .put("disabled", disabled);
    }
}
