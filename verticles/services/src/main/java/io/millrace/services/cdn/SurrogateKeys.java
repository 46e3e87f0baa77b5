package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A cache that purges by key: a {@code POST} with the header {@code Surrogate-Key}, as Fastly takes it, and Varnish by
 * {@code conf/cdn/varnish.vcl}.
 */
final class SurrogateKeys implements Cdn {
    private static final long TIMEOUT_MS = 5_000;

    private final HttpClient client;
    private final String address;
    private final MultiMap headers;
    private final List<String> streams;

    /**
     * @param address where keys are purged
     * @param headers of each request: the cache's own authentication
     * @param streams of which everything is purged at first
     */
    SurrogateKeys(HttpClient client, String address, MultiMap headers, List<String> streams) {
        this.client = client;
        this.address = address;
        this.headers = headers;
        this.streams = streams;
    }

    @Override
    public Future<Void> begin() {
        return streams.isEmpty()
                ? Future.succeededFuture()
                : purge(streams.stream()
                        .map(SurrogateKeys::key)
                        .map(stream -> "stream:" + stream + " closed:" + stream)
                        .collect(Collectors.joining(" ")));
    }

    @Override
    public Future<Void> purge(Change change) {
        return purge(keys(change));
    }

    /** The history's, and the entity's and that of lists that have it: the keys that Millrace's api gives its answers. */
    private static String keys(Change change) {
        String stream = key(change.stream());
        Entity entity = change.entity();
        if (entity == null) {
            return "events:" + stream;
        }
        String kind = stream + "/" + key(entity.kind());
        return "events:" + stream + " entities:" + kind + " entity:" + kind + "/" + key(entity.id());
    }

    private static String key(String name) {
        return Cdn.encoded(name).replace("%3A", ":");
    }

    private Future<Void> purge(String keys) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(address)
                .setTimeout(TIMEOUT_MS)
                .setHeaders(MultiMap.caseInsensitiveMultiMap().addAll(headers))
                .putHeader("Surrogate-Key", keys);
        return client.request(options)
                .compose(Cdn::sent)
                .compose(response -> response.statusCode() < 300
                        ? Future.succeededFuture()
                        : Future.failedFuture(new RejectedException(address + " answered " + response.statusCode())));
    }
}
