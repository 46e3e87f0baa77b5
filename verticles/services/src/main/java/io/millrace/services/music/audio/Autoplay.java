package io.millrace.services.music.audio;

import io.millrace.services.music.store.GuildConfig;
import io.millrace.services.music.store.MusicStore;
import io.millrace.services.music.store.QueueItem;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Chooses what is played when the queue is empty, by what was played last. Safe from any thread. */
final class Autoplay {
    private static final int HISTORY = 20;
    /** Of ten candidates: 40 % of the artist, 40 % of the genre, 20 % similar. */
    private static final int ARTIST_SHARE = 4;

    private static final int GENRE_SHARE = 4;
    private static final int SIMILAR_SHARE = 2;
    private static final String ANY_GENRE = "popular";

    /** Words of titles, and the genre that they tell; the first found counts. */
    private static final List<Map.Entry<String, String>> GENRES = List.of(
            Map.entry("lofi", "lofi hip hop"),
            Map.entry("lo-fi", "lofi hip hop"),
            Map.entry("hip hop", "hip hop"),
            Map.entry("rap", "hip hop"),
            Map.entry("metal", "metal"),
            Map.entry("punk", "punk rock"),
            Map.entry("rock", "rock"),
            Map.entry("jazz", "jazz"),
            Map.entry("blues", "blues"),
            Map.entry("techno", "techno"),
            Map.entry("house", "house"),
            Map.entry("trance", "trance"),
            Map.entry("drum and bass", "drum and bass"),
            Map.entry("dubstep", "dubstep"),
            Map.entry("reggae", "reggae"),
            Map.entry("country", "country"),
            Map.entry("classical", "classical"),
            Map.entry("symphony", "classical"),
            Map.entry("k-pop", "k-pop"),
            Map.entry("pop", "pop"));

    private final MusicStore store;
    private final Search search;

    Autoplay(MusicStore store, Search search) {
        this.store = store;
        this.search = search;
    }

    /** The next track; null if nothing is left that may be played. */
    Future<@Nullable JsonObject> choose(String guild, GuildConfig config) {
        return store.history(guild, HISTORY)
                .<@Nullable JsonObject>compose(history -> history.isEmpty()
                        ? Future.<@Nullable JsonObject>succeededFuture(null)
                        : candidates(guild, config.autoplayMode(), history.get(0))
                                .<@Nullable JsonObject>map(found -> first(found, config, history)));
    }

    private Future<List<JsonObject>> candidates(String guild, String mode, QueueItem last) {
        return switch (mode) {
            case "artist" -> artist(guild, last);
            case "genre" -> genre(guild, last);
            case "mixed" ->
                Future.join(artist(guild, last), genre(guild, last), similar(guild, last))
                        .map(all -> mixed(all.resultAt(0), all.resultAt(1), all.resultAt(2)));
            default -> similar(guild, last);
        };
    }

    private Future<List<JsonObject>> artist(String guild, QueueItem last) {
        return search.load(guild, "ytsearch:" + last.info().getString("author", ""));
    }

    private Future<List<JsonObject>> genre(String guild, QueueItem last) {
        return search.load(guild, "ytsearch:" + genreOf(last.title()) + " music");
    }

    /** YouTube's mix of a video: the list of what is related to it. */
    private Future<List<JsonObject>> similar(String guild, QueueItem last) {
        String id = last.identifier();
        return search.load(guild, "https://www.youtube.com/watch?v=" + id + "&list=RD" + id);
    }

    static String genreOf(String title) {
        String text = " " + title.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", " ") + " ";
        return GENRES.stream()
                .filter(entry -> text.contains(" " + entry.getKey() + " "))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse(ANY_GENRE);
    }

    /** In turns, so that the shares hold from the first on. */
    static List<JsonObject> mixed(List<JsonObject> artist, List<JsonObject> genre, List<JsonObject> similar) {
        List<JsonObject> mixed = new ArrayList<>();
        for (int i = 0; i < ARTIST_SHARE; i++) {
            take(mixed, artist, i, ARTIST_SHARE);
            take(mixed, genre, i, GENRE_SHARE);
            take(mixed, similar, i, SIMILAR_SHARE);
        }
        return mixed;
    }

    private static void take(List<JsonObject> into, List<JsonObject> from, int i, int share) {
        if (i < Math.min(share, from.size())) {
            into.add(from.get(i));
        }
    }

    /** The first that isn't blacklisted, and wasn't played lately, under this name or another. */
    private static @Nullable JsonObject first(List<JsonObject> found, GuildConfig config, List<QueueItem> history) {
        Set<String> identifiers = history.stream().map(QueueItem::identifier).collect(Collectors.toSet());
        Set<String> titles = history.stream().map(item -> plain(item.title())).collect(Collectors.toSet());
        return found.stream()
                .filter(track -> {
                    JsonObject info = track.getJsonObject("info");
                    return !config.isBlacklisted(info)
                            && !identifiers.contains(info.getString("identifier"))
                            && !titles.contains(plain(info.getString("title", "")));
                })
                .findFirst()
                .orElse(null);
    }

    /** A title without what uploads of the same song differ by. */
    static String plain(String title) {
        return title.toLowerCase(Locale.ROOT)
                .replaceAll("\\([^)]*\\)|\\[[^]]*]", " ")
                .replaceAll("\\b(official|music|lyrics?|video|audio|hd|hq|4k|remaster(ed)?)\\b", " ")
                .replaceAll("[^\\p{L}\\p{N}]+", " ")
                .strip();
    }
}
