package io.millrace.services.music;

import io.millrace.services.bus.ServiceBus;
import io.millrace.services.music.audio.AudioService;
import io.millrace.services.music.discord.GatewayService;
import io.millrace.services.music.settings.MusicSettings;
import io.millrace.services.music.store.MusicCache;
import io.millrace.services.state.ServiceDatabase;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The two services of the music bot in one verticle. They share no state in memory, and may as well run apart. */
public final class MusicBot extends VerticleBase {
    private static final int CONNECTIONS = 4;
    private static final int WAITING = 1_000;

    private final String postgres;
    private final String redisUri;
    private final Supplier<String> token;
    private final MusicSettings settings;
    private @Nullable ServiceBus bus;
    private @Nullable ServiceDatabase database;
    private @Nullable Redis redis;
    private @Nullable GatewayService gateway;
    private @Nullable AudioService audio;

    /**
     * @param postgres the bot's own database
     * @param token publishes with the role {@code music-service}
     */
    public MusicBot(String postgres, String redisUri, Supplier<String> token, MusicSettings settings) {
        this.postgres = postgres;
        this.redisUri = redisUri;
        this.token = token;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        return ServiceDatabase.open(vertx, postgres, "correlations.sql", "music.sql")
                .compose(opened -> {
                    database = opened;
                    Redis client = Redis.createClient(
                            vertx,
                            new RedisOptions()
                                    .setConnectionString(redisUri)
                                    .setMaxPoolSize(CONNECTIONS)
                                    .setMaxPoolWaiting(WAITING));
                    redis = client;
                    MusicCache cache = new MusicCache(client);
                    ServiceBus addresses = new ServiceBus(vertx, token);
                    bus = addresses;
                    GatewayService people = new GatewayService(vertx, addresses, opened, cache, settings);
                    gateway = people;
                    AudioService worker = new AudioService(vertx, addresses, opened, cache, settings);
                    audio = worker;
                    return Future.join(people.start(), worker.start());
                });
    }

    @Override
    public Future<?> stop() {
        return (bus == null ? Future.succeededFuture() : bus.close())
                .eventually(() -> gateway == null ? Future.succeededFuture() : gateway.stop())
                .eventually(() -> audio == null ? Future.succeededFuture() : audio.stop())
                .eventually(() -> redis == null ? Future.succeededFuture() : redis.close())
                .eventually(() -> database == null ? Future.succeededFuture() : database.close());
    }
}
