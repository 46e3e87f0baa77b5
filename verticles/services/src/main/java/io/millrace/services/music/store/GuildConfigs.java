package io.millrace.services.music.store;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Duration;

/** The settings of guilds: for an hour from Redis, and replaced there when they change. Safe from any thread. */
public final class GuildConfigs {
    private static final Duration LIFE = Duration.ofHours(1);

    private final MusicStore store;
    private final MusicCache cache;

    public GuildConfigs(MusicStore store, MusicCache cache) {
        this.store = store;
        this.cache = cache;
    }

    public Future<GuildConfig> of(String guild) {
        return cache.get(key(guild))
                .compose(cached -> cached != null
                        ? Future.succeededFuture(new JsonObject(cached))
                        : store.config(guild).compose(config -> cache.putAbsent(key(guild), config.encode(), LIFE)
                                .map(config)))
                .map(GuildConfig::of);
    }

    /** Merges settings into those of a guild. */
    public Future<Void> change(String guild, JsonObject changed) {
        return store.configure(guild, changed)
                .compose(done -> store.config(guild))
                .compose(config -> cache.replace(key(guild), config.encode(), LIFE));
    }

    private static String key(String guild) {
        return "config:" + guild;
    }
}
