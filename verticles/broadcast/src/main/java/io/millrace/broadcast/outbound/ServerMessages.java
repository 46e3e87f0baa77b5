package io.millrace.broadcast.outbound;

import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The protocol's messages to one client about its connection and its subscriptions. */
public final class ServerMessages {

    private ServerMessages() {}

    public static JsonObject welcome(
            String connectionId, Principal principal, long heartbeatMs, @Nullable Object requestId) {
        JsonObject welcome = new JsonObject()
                .put("type", "welcome")
                .put("connectionId", connectionId)
                .put("user", principal.user())
                .put("roles", new JsonArray(List.copyOf(principal.roles())))
                .put("heartbeat", heartbeatMs);
        if (requestId != null) {
            welcome.put("id", requestId);
        }
        if (principal.authenticated()) {
            welcome.put(
                    "expiresAt",
                    Instant.ofEpochSecond(principal.expiresAtSeconds()).toString());
        }
        return welcome;
    }

    public static JsonObject error(@Nullable String stream, @Nullable Object requestId, MillraceException why) {
        JsonObject error = new JsonObject().put("type", "error");
        if (requestId != null) {
            error.put("id", requestId);
        }
        if (stream != null) {
            error.put("stream", stream);
        }
        error.put("code", why.failure().code())
                .put("message", why.getMessage())
                .put("timestamp", Instant.now().toString());
        if (why.failure().retryable()) {
            error.put("retryAfter", why.retryAfterMillis());
        }
        return error;
    }

    public static JsonObject reconnect(int afterMs) {
        return new JsonObject().put("type", "reconnect").put("after", afterMs).put("reason", "draining");
    }

    /** The reason of what is missing because history has removed it. */
    public static final String HISTORY = "history";

    public static JsonObject streamReset(String stream, String position) {
        return position(stream, position)
                .put("type", "subscribed")
                .put("recovered", false)
                .put("reason", "the stream was reset");
    }

    /**
     * The message about events that the client will not get.
     *
     * @param reason {@code slow_consumer}, or {@code history} for events that aren't kept any more
     */
    public static JsonObject gap(String stream, String from, String to, String reason) {
        return new JsonObject()
                .put("type", "gap")
                .put("stream", stream)
                .put("from", from)
                .put("to", to)
                .put("reason", reason);
    }

    public static JsonObject position(String stream, String position) {
        return new JsonObject().put("type", "position").put("stream", stream).put("position", position);
    }
}
