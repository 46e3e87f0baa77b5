package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.RequestOptions;
import java.util.List;

/**
 * nginx, which can't purge: each address of the entity is asked for past the cache, which keeps the answer
 * ({@code conf/cdn/nginx.conf}).
 */
final class NginxCache implements Cdn {
    private static final long TIMEOUT_MS = 5_000;
    private static final int NOT_FOUND = 404;
    private static final int SERVER_ERROR = 500;

    private final HttpClient client;
    private final String base;
    private final String secret;

    /**
     * @param base {@code http://host:port} of nginx
     * @param secret by which it knows this service
     */
    NginxCache(HttpClient client, String base, String secret) {
        this.client = client;
        this.base = base;
        this.secret = secret;
    }

    @Override
    public Future<Void> purge(Change change) {
        String path = "/api/entities/" + Cdn.encoded(change.kind()) + "/" + Cdn.encoded(change.id());
        List<Future<Void>> renewed = List.of(renew(path), renew(path + "?stream=" + Cdn.encoded(change.stream())));
        return Future.join(renewed).mapEmpty();
    }

    private Future<Void> renew(String path) {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(base + path)
                .setTimeout(TIMEOUT_MS)
                .putHeader("X-Purge", secret)
                // Millrace's own caches may be a moment behind the event.
                .putHeader("Cache-Control", "no-cache");
        return client.request(options).compose(Cdn::sent).compose(response -> {
            int status = response.statusCode();
            if (status >= SERVER_ERROR) {
                return Future.failedFuture(new IllegalStateException(base + path + " was answered " + status));
            }
            // Without stream an address may name no entity (400); what not everybody may see isn't kept (401).
            return status < 300 || status == NOT_FOUND || !path.contains("?")
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RejectedException(base + path + " was answered " + status));
        });
    }
}
