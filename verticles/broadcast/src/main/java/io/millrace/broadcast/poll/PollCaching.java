package io.millrace.broadcast.poll;

import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.JsonResponse;
import io.millrace.platform.http.SharedCache;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who may keep the answer to a poll. The events after a position are the same for everybody who sees the same, so of a crowd
 * without tokens a cache in front lets one wait here, and answers all (shared/docs/cdn.md).
 *
 * @param shared null if nobody else may have the answer
 * @param closed whether it has all events between the position that was asked for and {@code next}, if it has any
 */
record PollCaching(@Nullable SharedCache shared, Principal who, String stream, boolean closed) {
    /** @param recovered whether nothing is missing between the client's position and the first event */
    void addHeaders(HttpServerResponse response, boolean recovered, List<OutboundMessage> events) {
        // Who asks again from the same position must not get a transient event again.
        if (shared == null || events.stream().anyMatch(event -> event.position() == null)) {
            JsonResponse.vary(response, "Authorization").putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store");
        } else if (closed && recovered && !events.isEmpty()) {
            shared.addClosedHeaders(response, who, stream);
        } else {
            shared.addMomentHeaders(response, who, stream);
        }
    }
}
