package io.millrace.services.music.store;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A guild's settings. Immutable. */
public record GuildConfig(
        boolean premium,
        boolean autoplay,
        String autoplayMode,
        List<String> blacklist,
        @Nullable String djRole,
        int queueLimit) {
    private static final int QUEUE = 50;
    private static final int PREMIUM_QUEUE = 500;

    /** @param json as {@code music:configured} has it; what is missing has its default */
    public static GuildConfig of(JsonObject json) {
        boolean premium = json.getBoolean("premium", false);
        int most = premium ? PREMIUM_QUEUE : QUEUE;
        List<String> words = json.getJsonArray("blacklist", new JsonArray()).stream()
                .map(word -> String.valueOf(word).toLowerCase(Locale.ROOT))
                .toList();
        return new GuildConfig(
                premium,
                json.getBoolean("autoplay", false),
                json.getString("autoplayMode", "similar"),
                words,
                json.getString("djRole"),
                Math.min(most, json.getInteger("queueLimit", most)));
    }

    /** Whether a track may not be chosen: its title, author or identifier holds a word of the blacklist. */
    public boolean isBlacklisted(JsonObject info) {
        String text = (info.getString("title", "") + "\n" + info.getString("author", "") + "\n"
                        + info.getString("identifier", ""))
                .toLowerCase(Locale.ROOT);
        return blacklist.stream().anyMatch(text::contains);
    }
}
