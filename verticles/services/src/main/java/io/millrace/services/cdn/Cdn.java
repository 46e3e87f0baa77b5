package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** How a cache is told what has changed. */
interface Cdn {
    /**
     * What an event has changed.
     *
     * @param stream whose history has one event more
     * @param entity null if the event's type has none
     */
    record Change(String stream, @Nullable Entity entity) {}

    /** An entity, by its name within a stream. */
    record Entity(String kind, String id) {}

    /** Purges what may be kept wrongly since before this service was there. Completes at once where a cache can't. */
    Future<Void> begin();

    /** Completes when the cache answers with what there is now. Fails with {@link RejectedException} if it never will. */
    Future<Void> purge(Change change);

    /** As Millrace encodes names in keys. */
    static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The answer to a request, without its body; fails where the cache is away or busy, so that asking again may help. */
    static Future<HttpClientResponse> sent(HttpClientRequest request) {
        return request.send().compose(response -> response.end().compose(end -> {
            int status = response.statusCode();
            return status == 429 || status >= 500
                    ? Future.failedFuture(new IllegalStateException(request.absoluteURI() + " was answered " + status))
                    : Future.succeededFuture(response);
        }));
    }
}
