package io.millrace.cache;

import io.millrace.cache.entity.EntityCache;
import io.millrace.cache.entity.RedisCache;
import io.millrace.contracts.bus.Addresses;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.SettingWarnings;
import io.millrace.platform.node.Stage;
import io.millrace.platform.resilience.Retry;
import io.millrace.platform.stream.StreamFollower;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Redis and the near cache of this node. All state belongs to one event loop. */
public final class CacheVerticle extends VerticleBase {
    public static final Stage.Kind<CacheSettings> KIND = new Stage.Kind<>(
            "cache", CacheSettings::from, (node, settings) -> Stage.of(new CacheVerticle(node, settings)));

    private static final Logger LOG = LoggerFactory.getLogger(CacheVerticle.class);

    private final NodeContext node;
    private final CacheSettings settings;
    private @Nullable RedisCache redis;
    private Bus.@Nullable Registration registration;

    CacheVerticle(NodeContext node, CacheSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        RedisCache client = new RedisCache(vertx, settings, node.metrics());
        redis = client;
        SettingWarnings warnings = new SettingWarnings("Redis", "redis-settings", node.health());
        vertx.setPeriodic(0, SettingWarnings.ASK_EVERY_MS, timer -> client.settingWarnings()
                .onSuccess(warnings::found)
                .onFailure(unknown -> LOG.debug("the settings of Redis are unknown: {}", unknown.getMessage())));
        EntityCache cache = new EntityCache(node.bus(), client, settings, node.metrics());
        StreamFollower follower = new StreamFollower(vertx, node.bus(), node.metrics(), "cache", cache);
        return Retry.whileUnavailable(vertx, "the heads of all streams", follower::followAll)
                .compose(following -> node.bus().serve(Addresses.CACHE, cache::get))
                .onSuccess(served -> registration = served);
    }

    @Override
    public Future<?> stop() {
        Future<Void> deaf = registration == null ? Future.succeededFuture() : registration.close();
        return redis == null ? deaf : deaf.eventually(redis::close);
    }
}
