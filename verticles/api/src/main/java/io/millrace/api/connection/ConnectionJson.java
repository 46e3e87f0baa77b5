package io.millrace.api.connection;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionInfo;
import io.millrace.contracts.connection.ConnectionInfo.SubscriptionInfo;
import io.millrace.contracts.connection.ConnectionPage;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Characters;
import io.millrace.contracts.text.ClientJson;
import io.millrace.contracts.text.Micros;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Connections as JSON, and commands about them. Stateless. */
final class ConnectionJson {
    private static final int MAX_NAME = 256;

    private ConnectionJson() {}

    /** {@code {"connection": …}} or {@code {"user": …}}. */
    static ConnectionCommand disconnect(byte[] body, String by) {
        JsonNode json = ClientJson.object("the body", body);
        ClientJson.known(json, Set.of("connection", "user"));
        if (json.has("connection") == json.has("user")) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "name a connection by its id, or a user to disconnect all of theirs");
        }
        return ConnectionCommand.disconnect(name(json, "connection"), name(json, "user"), by);
    }

    private static @Nullable String name(JsonNode json, String member) {
        JsonNode name = json.path(member);
        if (name.isMissingNode()) {
            return null;
        }
        String text = name.isTextual() ? name.textValue() : "";
        if (text.isEmpty() || text.length() > MAX_NAME || !Characters.isPrintable(text)) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    member + " must be text of 1 to " + MAX_NAME + " characters, none of them control");
        }
        return text;
    }

    /** @param from the place of the first connection that is shown */
    static JsonObject page(ConnectionPage page, int from) {
        JsonArray connections = new JsonArray();
        List<ConnectionInfo> found = page.connections();
        found.subList(Math.min(from, found.size()), found.size())
                .forEach(connection -> connections.add(connection(connection)));
        JsonArray readTimes = new JsonArray();
        page.readTimes()
                .forEach(times -> readTimes.add(new JsonObject()
                        .put("namespace", times.namespace())
                        .put("count", times.count())
                        .put("p50", times.quantile(0.5) / 1_000.0)
                        .put("p99", times.quantile(0.99) / 1_000.0)));
        return new JsonObject()
                .put("connections", connections)
                .put("matched", page.matched())
                .put("unanswered", page.silent().size())
                .put("acknowledge", page.acknowledge())
                .put("readTimes", readTimes);
    }

    private static JsonObject connection(ConnectionInfo connection) {
        JsonArray subscriptions = new JsonArray();
        connection.subscriptions().forEach(each -> subscriptions.add(subscription(each)));
        ConnectionInfo.Lag lag = connection.lag();
        JsonObject json = new JsonObject()
                .put("connection", connection.id())
                .put("node", connection.node())
                .put("user", connection.user())
                .put("roles", new JsonArray(connection.roles()))
                .put("transport", connection.transport())
                .put("since", Micros.text(connection.sinceMicros()))
                .put("sentBytes", connection.sentBytes())
                .put(
                        "lag",
                        new JsonObject()
                                .put("millis", lag.millis())
                                .put("events", lag.events())
                                .put("bytes", lag.bytes()))
                .put("streams", connection.streams())
                .put("subscriptions", subscriptions);
        ConnectionInfo.LastError error = connection.lastError();
        return error == null
                ? json
                : json.put(
                        "lastError",
                        new JsonObject()
                                .put("at", Micros.text(error.atMicros()))
                                .put("code", error.code())
                                .put("message", error.message()));
    }

    private static JsonObject subscription(SubscriptionInfo subscription) {
        return new JsonObject()
                .put("stream", subscription.stream())
                .put("filtered", subscription.filtered())
                .put("rate", subscription.rate())
                .put("state", subscription.state().wire())
                .put("events", subscription.events())
                .put("millis", subscription.millis());
    }
}
