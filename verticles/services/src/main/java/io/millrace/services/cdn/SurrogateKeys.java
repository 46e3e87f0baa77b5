package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A cache that purges by key: a {@code POST} with the header {@code Surrogate-Key}, as Fastly takes it, and Varnish by
 * {@code conf/cdn/varnish.vcl}.
 */
final class SurrogateKeys implements Cdn {
    private static final long TIMEOUT_MS = 5_000;
    private static final int TOO_MANY = 429;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final String address;
    private final MultiMap headers;

    /**
     * @param address where keys are purged
     * @param headers of each request: the cache's own authentication
     */
    SurrogateKeys(HttpClient client, String address, MultiMap headers) {
        this.client = client;
        this.address = address;
        this.headers = headers;
    }

    /** The entity's, and those of lists and of history that have it: the keys that Millrace's api gives its answers. */
    static String keys(Change change) {
        String stream = Cdn.encoded(change.stream()).replace("%3A", ":");
        String kind = stream + "/" + Cdn.encoded(change.kind()).replace("%3A", ":");
        String entity = kind + "/" + Cdn.encoded(change.id()).replace("%3A", ":");
        return Stream.of("events:" + stream, "entities:" + kind, "entity:" + entity)
                .collect(Collectors.joining(" "));
    }

    @Override
    public Future<Void> purge(Change change) {
        RequestOptions options = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(address)
                .setTimeout(TIMEOUT_MS)
                .setHeaders(MultiMap.caseInsensitiveMultiMap().addAll(headers))
                .putHeader("Surrogate-Key", keys(change));
        return client.request(options).compose(Cdn::sent).compose(response -> {
            int status = response.statusCode();
            String why = address + " answered " + status;
            if (status < 300) {
                return Future.succeededFuture();
            }
            return Future.failedFuture(
                    status == TOO_MANY || status >= SERVER_ERROR
                            ? new IllegalStateException(why)
                            : new RejectedException(why));
        });
    }
}
