package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.bus.ServiceBus;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Purges a cache in front of Millrace of what has changed, as a sink tells it ({@code conf/sinks/cdn.yaml.example}):
 * {@code stream}, and {@code kind} and {@code id} of the entity if there is one. Twice: at once, and when an answer that was on its way meanwhile, or that came
 * from a cache of Millrace's which had not heard of the event yet, has arrived in the cache. Belongs to one event loop.
 */
public final class PurgeService extends VerticleBase {
    public static final String ADDRESS = "service.cdn.purge";
    /** Millrace's caches are at most a second behind. */
    public static final long AGAIN_MS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(PurgeService.class);
    private static final int CONNECTIONS = 16;
    private static final int WAITING = 10_000;

    private final Function<HttpClient, Cdn> kind;
    private final long againMs;
    private @Nullable HttpClient client;
    private @Nullable ServiceBus bus;

    private PurgeService(Function<HttpClient, Cdn> kind, long againMs) {
        this.kind = kind;
        this.againMs = againMs;
    }

    /**
     * Purges by key, as Fastly and Varnish do.
     *
     * @param address where, {@code https://api.fastly.com/service/ID/purge}
     * @param headers of each request, {@code Fastly-Key}
     * @param streams of which everything is purged when the service starts: since it was there last a type may have stopped
     *     being public, which no event tells
     * @param againMs after which time the second purge comes, ms
     */
    public static PurgeService byKey(String address, Map<String, String> headers, List<String> streams, long againMs) {
        MultiMap all = MultiMap.caseInsensitiveMultiMap().addAll(headers);
        return new PurgeService(client -> new SurrogateKeys(client, address, all, streams), againMs);
    }

    /**
     * Renews what nginx keeps.
     *
     * @param base {@code http://host:port} of nginx
     * @param secret of its configuration
     * @param againMs after which time the second time comes, ms
     */
    public static PurgeService ofNginx(String base, String secret, long againMs) {
        return new PurgeService(client -> new NginxCache(client, base, secret), againMs);
    }

    @Override
    public Future<?> start() {
        HttpClient requests = vertx.createHttpClient(
                new PoolOptions().setHttp1MaxSize(CONNECTIONS).setMaxWaitQueueSize(WAITING));
        client = requests;
        Cdn cdn = kind.apply(requests);
        // It publishes nothing.
        ServiceBus served = new ServiceBus(vertx, () -> "");
        bus = served;
        return cdn.begin().compose(purged -> served.serve(ADDRESS, event -> purge(cdn, event)));
    }

    @Override
    public Future<?> stop() {
        return (bus == null ? Future.succeededFuture() : bus.close())
                .eventually(() -> client == null ? Future.succeededFuture() : client.close());
    }

    private Future<Void> purge(Cdn cdn, JsonObject event) {
        String stream = event.getString("stream");
        String entity = event.getString("kind");
        String id = event.getString("id");
        if (stream == null || (entity == null) != (id == null)) {
            return Future.failedFuture(new RejectedException(
                    "the sink's message has to have stream, and kind and id of the entity if there is one"));
        }
        Cdn.Change change = new Cdn.Change(stream, entity == null || id == null ? null : new Cdn.Entity(entity, id));
        return cdn.purge(change).onSuccess(purged -> vertx.timer(againMs, TimeUnit.MILLISECONDS)
                .compose(later -> cdn.purge(change))
                .onFailure(
                        error -> LOG.warn("the second purge of {} failed; it may be old for a while", change, error)));
    }
}
