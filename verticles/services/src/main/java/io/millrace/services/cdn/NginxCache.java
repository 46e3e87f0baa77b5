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

    /** What it kept of a type that isn't public any more stays until it is old. */
    @Override
    public Future<Void> begin() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> purge(Change change) {
        Entity entity = change.entity();
        if (entity == null) {
            // It keeps no history.
            return Future.succeededFuture();
        }
        String path = "/api/entities/" + encoded(entity.kind()) + "/" + encoded(entity.id());
        List<Future<Void>> renewed = List.of(renew(path), renew(path + "?stream=" + encoded(change.stream())));
        return Future.join(renewed).mapEmpty();
    }

    /** As a page's {@code encodeURIComponent}: the only form that nginx keeps. */
    private static String encoded(String name) {
        return Cdn.encoded(name)
                .replace("%21", "!")
                .replace("%27", "'")
                .replace("%28", "(")
                .replace("%29", ")")
                .replace("%7E", "~");
    }

    private Future<Void> renew(String path) {
        RequestOptions options = new RequestOptions()
                .setAbsoluteURI(base + path)
                .setTimeout(TIMEOUT_MS)
                .putHeader("X-Purge", secret)
                // Millrace's own caches may be a moment behind the event.
                .putHeader("Cache-Control", "no-cache");
        return client.request(options).compose(Cdn::sent).compose(response -> {
            if (!"BYPASS".equals(response.getHeader("X-Cache-Status"))) {
                return Future.failedFuture(new RejectedException(base + path
                        + " wasn't asked for past the cache: use the secret and the file of conf/cdn/nginx.conf"));
            }
            int status = response.statusCode();
            // Without stream an address may name no entity (400); what not everybody may see isn't kept (401).
            return status < 300 || status == NOT_FOUND || !path.contains("?")
                    ? Future.succeededFuture()
                    : Future.failedFuture(new RejectedException(base + path + " was answered " + status));
        });
    }
}
