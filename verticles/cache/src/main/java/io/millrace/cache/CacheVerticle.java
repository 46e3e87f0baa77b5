package io.millrace.cache;

import io.millrace.contracts.Addresses;
import io.millrace.platform.Bus;
import io.millrace.platform.Node;
import io.millrace.platform.Retry;
import io.millrace.platform.Stage;
import io.millrace.platform.StreamFollower;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import org.jspecify.annotations.Nullable;

/** Redis and the near cache of this node. All state belongs to one event loop. */
public final class CacheVerticle extends VerticleBase {
    public static final Stage.Kind<CacheSettings> KIND =
            new Stage.Kind<>("cache", CacheSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new CacheVerticle(node, settings);
                }
            });

    private final Node node;
    private final CacheSettings settings;
    private @Nullable RedisCache redis;
    private Bus.@Nullable Registration registration;

    CacheVerticle(Node node, CacheSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        RedisCache client = new RedisCache(vertx, settings, node.metrics());
        redis = client;
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
