package io.millrace.services.music.audio;

import io.millrace.services.music.lavalink.Lavalink;
import io.millrace.services.music.store.MusicCache;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Finds tracks: for five minutes from Redis, and in Lavalink only so often. Safe from any thread. */
final class Search {
    private static final Duration LIFE = Duration.ofMinutes(5);
    private static final Duration WINDOW = Duration.ofSeconds(10);
    private static final int KEPT = 10;

    private final Lavalink lavalink;
    private final MusicCache cache;
    private final int most;

    /** @param most how many searches of a guild may go to Lavalink within ten seconds */
    Search(Lavalink lavalink, MusicCache cache, int most) {
        this.lavalink = lavalink;
        this.cache = cache;
        this.most = most;
    }

    /** Nothing was found, for a reason that people are told. */
    static final class FailedException extends RuntimeException {
        private static final long serialVersionUID = 1;

        FailedException(String told) {
            super(told);
        }
    }

    /**
     * Tracks for words, or for an address, the best first.
     *
     * @param query what people wrote
     */
    Future<List<JsonObject>> find(String guild, String query) {
        String words = query.strip().replaceAll("\\s+", " ");
        String identifier = words.startsWith("http://") || words.startsWith("https://") ? words : "ytsearch:" + words;
        return load(guild, identifier);
    }

    /**
     * The same for an identifier of Lavalink's.
     *
     * @param identifier an address, or {@code ytsearch:words}
     */
    Future<List<JsonObject>> load(String guild, String identifier) {
        String key = "search:" + (identifier.startsWith("http") ? identifier : identifier.toLowerCase(Locale.ROOT));
        return cache.get(key)
                .compose(cached -> cached != null
                        ? Future.succeededFuture(new JsonArray(cached))
                        : ask(guild, identifier).compose(found -> cache.put(key, found.encode(), LIFE)
                                .map(found)))
                .map(found -> found.stream().map(JsonObject.class::cast).toList());
    }

    private Future<JsonArray> ask(String guild, String identifier) {
        return cache.permits("search:" + guild, most, WINDOW, identifier).compose(permitted -> {
            if (!permitted) {
                return Future.failedFuture(new FailedException("Too many searches, try again in a few seconds"));
            }
            return lavalink.load(identifier).map(Search::tracks);
        });
    }

    private static JsonArray tracks(JsonObject loaded) {
        JsonArray found =
                switch (loaded.getString("loadType", "")) {
                    case "track" -> new JsonArray().add(loaded.getJsonObject("data"));
                    case "playlist" -> loaded.getJsonObject("data").getJsonArray("tracks");
                    case "search" -> loaded.getJsonArray("data");
                    case "error" ->
                        throw new FailedException(PlaybackError.of(
                                        loaded.getJsonObject("data").getString("message", ""),
                                        loaded.getJsonObject("data").getString("severity", ""))
                                .told());
                    default -> new JsonArray();
                };
        JsonArray kept = new JsonArray();
        found.stream().limit(KEPT).forEach(kept::add);
        return kept;
    }
}
