package io.millrace.broadcast;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Addresses;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.platform.Principal;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The event-bus bridge's protocol on one SockJS session, as the stock client {@code @vertx/eventbus-bridge-client.js}
 * speaks it. There is no event bus behind it: {@code stream.<name>} is a subscription, {@code millrace.ingest} publishes,
 * and no other address is there for anybody. Owned by its hub's event loop.
 */
final class BridgeProtocol {
    private static final String STREAM = "stream.";

    private final Transports transports;
    private final Connection connection;
    private final BridgeOutlet outlet;
    private final MessageLimit limit;
    /** Whether the message before was handled, once it was. */
    private Future<Boolean> before = Future.succeededFuture(true);

    BridgeProtocol(Transports transports, Connection connection, BridgeOutlet outlet) {
        this.transports = transports;
        this.connection = connection;
        this.outlet = outlet;
        this.limit = new MessageLimit(connection, transports.settings().messages());
    }

    void receive(String text) {
        connection.heard();
        JsonNode message;
        try {
            message = Texts.json("the message", text);
        } catch (MillraceException notJson) {
            refuse("", null, notJson);
            return;
        }
        String type = message.path("type").asText("");
        if (type.equals("ping")) {
            return;
        }
        if (!limit.allows()) {
            return;
        }
        String address = message.path("address").asText("");
        String reply = message.hasNonNull("replyAddress")
                ? message.path("replyAddress").asText()
                : null;
        // In the order in which they came: the first may have to wait until it is known who sent it.
        before = before.compose(done -> identify(message.path("headers")))
                .map(known -> {
                    handle(type, address, reply, message);
                    return true;
                })
                .otherwise(error -> {
                    refuse(address, reply, error);
                    return false;
                });
    }

    private void handle(String type, String address, @Nullable String reply, JsonNode message) {
        boolean stream = address.startsWith(STREAM);
        switch (type) {
            case "register" -> {
                if (!stream) {
                    throw denied(address);
                }
                JsonNode headers = message.path("headers");
                Function<String, @Nullable String> option =
                        name -> headers.hasNonNull(name) ? headers.get(name).asText() : null;
                transports
                        .subscriber()
                        .subscribe(
                                connection,
                                QueryRequest.of(option, address.substring(STREAM.length()), option.apply("after")),
                                null);
            }
            case "unregister" -> connection.remove(stream ? address.substring(STREAM.length()) : "");
            case "send", "publish" -> {
                if (!address.equals(Addresses.INGEST)) {
                    throw denied(address);
                }
                publish(address, reply, message.path("body"));
            }
            default ->
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "type must be register, unregister, send, publish or ping");
        }
    }

    private void publish(String address, @Nullable String reply, JsonNode event) {
        if (!event.isObject()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the body must be an event, an object");
        }
        transports
                .publish(connection.principal(), event)
                .onSuccess(outcome -> {
                    if (reply != null) {
                        outlet.reply(reply, answer(outcome));
                    }
                })
                .onFailure(error -> refuse(address, reply, error));
    }

    private static JsonObject answer(Outcome outcome) {
        JsonObject answer = new JsonObject()
                .put("id", outcome.id())
                .put("status", outcome.status().wire());
        if (outcome.position() != null) {
            answer.put("stream", outcome.stream())
                    .put("position", outcome.position().toString());
        }
        return answer;
    }

    /** By the first message that says so; who says nothing is anybody. */
    private Future<Void> identify(JsonNode headers) {
        JsonNode authorization = headers.path("authorization");
        if (!authorization.isTextual() || connection.principal().authenticated()) {
            if (!connection.welcomed()) {
                transports.sessions().welcome(connection, Principal.PUBLIC);
            }
            return Future.succeededFuture();
        }
        if (!connection.subscriptions().isEmpty()) {
            return Future.failedFuture(
                    new MillraceException(Failure.UNAUTHENTICATED, "another identity needs a new connection"));
        }
        return transports.node().tokens().ofHeader(authorization.asText()).map(who -> {
            transports.sessions().welcome(connection, who);
            return null;
        });
    }

    private void refuse(String address, @Nullable String reply, Throwable error) {
        MillraceException known = MillraceException.of(error);
        if (limit.endedBy(known)) {
            return;
        }
        outlet.refuse(address, reply, known.failure().status(), known.failure().code() + " " + known.getMessage());
    }

    private static MillraceException denied(String address) {
        return new MillraceException(
                Failure.PERMISSION_DENIED,
                "access_denied: " + address + " is no address of the bridge: stream.<name> and millrace.ingest are");
    }
}
