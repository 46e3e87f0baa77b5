package io.millrace.services.cdn;

import io.millrace.services.bus.RejectedException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** How a cache is told that an entity has changed. */
interface Cdn {
    /**
     * An entity that an event has changed.
     *
     * @param stream within which its id is a name
     */
    record Change(String stream, String kind, String id) {}

    /** Completes when the cache answers with what there is now. Fails with {@link RejectedException} if it never will. */
    Future<Void> purge(Change change);

    /** As Millrace encodes names in keys and addresses. */
    static String encoded(String name) {
        return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** The answer to a request, without its body. */
    static Future<HttpClientResponse> sent(HttpClientRequest request) {
        return request.send().compose(response -> response.end().map(response));
    }
}
