package io.millrace.services.music.demo;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;

/** What the stand-in of Lavalink finds: tracks, and what identifiers load, in the form of {@code loadtracks}. Thread-safe. */
public final class LavalinkCatalogue {
    private final Map<String, JsonObject> loads = new ConcurrentHashMap<>();
    private final Map<String, JsonObject> tracks = new ConcurrentHashMap<>();

    LavalinkCatalogue() {}

    /** A track as Lavalink describes it. */
    public JsonObject track(String identifier, String title, String author) {
        JsonObject track = new JsonObject()
                .put("encoded", "encoded-" + identifier)
                .put(
                        "info",
                        new JsonObject()
                                .put("identifier", identifier)
                                .put("isSeekable", true)
                                .put("author", author)
                                .put("length", 212_000)
                                .put("isStream", false)
                                .put("position", 0)
                                .put("title", title)
                                .put("uri", "https://www.youtube.com/watch?v=" + identifier)
                                .put("artworkUrl", "https://i.ytimg.com/vi/" + identifier + "/maxresdefault.jpg")
                                .putNull("isrc")
                                .put("sourceName", "youtube"))
                .put("pluginInfo", new JsonObject())
                .put("userData", new JsonObject());
        tracks.put(track.getString("encoded"), track);
        return track;
    }

    /** What an identifier loads: a search's results; none is {@code empty}. */
    public void finds(String identifier, JsonObject... tracks) {
        loads.put(
                identifier,
                tracks.length == 0
                        ? new JsonObject().put("loadType", "empty").putNull("data")
                        : new JsonObject().put("loadType", "search").put("data", new JsonArray(List.of(tracks))));
    }

    public void findsPlaylist(String identifier, JsonObject... tracks) {
        JsonObject data = new JsonObject()
                .put("info", new JsonObject().put("name", "Mix").put("selectedTrack", 0))
                .put("pluginInfo", new JsonObject())
                .put("tracks", new JsonArray(List.of(tracks)));
        loads.put(identifier, new JsonObject().put("loadType", "playlist").put("data", data));
    }

    public void failsToLoad(String identifier, String message) {
        JsonObject exception = new JsonObject()
                .put("message", message)
                .put("severity", "common")
                .put("cause", "com.sedmelluq.discord.lavaplayer.tools.FriendlyException: " + message);
        loads.put(identifier, new JsonObject().put("loadType", "error").put("data", exception));
    }

    JsonObject load(String identifier) {
        return loads.getOrDefault(identifier, new JsonObject().put("loadType", "empty"));
    }

    JsonObject byCode(String encoded) {
        return Objects.requireNonNull(tracks.get(encoded), encoded);
    }
}
