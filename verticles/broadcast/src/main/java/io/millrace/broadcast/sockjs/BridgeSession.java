package io.millrace.broadcast.sockjs;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.limit.MessageRateLimiter;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.broadcast.subscription.QueryParameters;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.platform.auth.Principal;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The event-bus bridge's protocol on one SockJS session, as the stock client {@code @vertx/eventbus-bridge-client.js}
 * speaks it. There is no event bus behind it: {@code stream.<name>} is a subscription, {@code millrace.ingest} publishes,
 * and every other address is refused. Owned by its hub's event loop.
 */
final class BridgeSession {
    private static final String STREAM = "stream.";

    private final TransportContext transports;
    private final Connection connection;
    private final SockJsTransport transport;
    private final MessageRateLimiter limit;
    /** Completes when the previous message was handled: whether it succeeded. */
    private Future<Boolean> previous = Future.succeededFuture(true);
    /** The header by which the connection has its identity; null before that. */
    private @Nullable String identifiedBy;

    BridgeSession(TransportContext transports, Connection connection, SockJsTransport transport) {
        this.transports = transports;
        this.connection = connection;
        this.transport = transport;
        this.limit = new MessageRateLimiter(connection, transports.settings().messages());
    }

    void receive(String text) {
        if (connection.closing()) {
            return;
        }
        connection.touch();
        Message message;
        try {
            message = Message.read(text);
        } catch (RuntimeException unreadable) {
            limit.count();
            JsonNode reply = ClientJson.memberOfUnreadable(text, "replyAddress");
            boolean named = reply != null && reply.isTextual() && reply.asText().length() <= Message.MAX_ADDRESS;
            refuse("", named && reply != null ? reply.asText() : null, ClientJsonMessages.refusal(unreadable));
            return;
        }
        if (message.type().equals("ping")) {
            return;
        }
        limit.count();
        try {
            limit.check();
        } catch (MillraceException tooMany) {
            refuse(message.address(), message.reply(), tooMany);
            return;
        }
        // In order: the first message may have to wait for the verification of its token.
        previous = previous.compose(done -> identify(message.headers()))
                .map(known -> {
                    handle(message);
                    return true;
                })
                .otherwise(error -> {
                    MillraceException refused = error instanceof RuntimeException thrown
                            ? ClientJsonMessages.refusal(thrown)
                            : MillraceException.of(error);
                    refuse(message.address(), message.reply(), refused);
                    return false;
                });
    }

    /**
     * A message of the bridge.
     *
     * @param reply the address for the answer; null if the client wants none
     * @param body the body as the client wrote it
     */
    private record Message(
            String type, String address, @Nullable String reply, JsonNode headers, @Nullable String body) {
        private static final int MAX_ADDRESS = 512;

        /** Fails as {@link Failure#BAD_MESSAGE}. */
        static Message read(String text) {
            ClientJson.Split split = ClientJson.split("the message", text, "body");
            JsonNode message = split.object();
            JsonNode headers = message.path("headers");
            if (!headers.isObject() && !headers.isMissingNode() && !headers.isNull()) {
                throw new MillraceException(Failure.BAD_MESSAGE, "headers must be an object");
            }
            String address = address(message, "address");
            return new Message(
                    message.path("type").asText(""),
                    address == null ? "" : address,
                    address(message, "replyAddress"),
                    headers,
                    split.member());
        }

        private static @Nullable String address(JsonNode message, String name) {
            JsonNode address = message.path(name);
            if (address.isMissingNode() || address.isNull()) {
                return null;
            }
            if (!address.isTextual() || address.asText().length() > MAX_ADDRESS) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE, name + " must be a string of at most " + MAX_ADDRESS + " characters");
            }
            return address.asText();
        }

        /** A header as text: the stock client sends texts, others may send {@code true} and {@code 0.5} as JSON. */
        @Nullable
        String header(String name) {
            JsonNode value = headers.path(name);
            return value.isMissingNode() || value.isNull()
                    ? null
                    : value.isTextual() ? value.asText() : value.toString();
        }
    }

    private void handle(Message message) {
        if (connection.closing()) {
            return;
        }
        String address = message.address();
        String stream = address.startsWith(STREAM) ? address.substring(STREAM.length()) : null;
        switch (message.type()) {
            case "register" -> {
                if (stream == null) {
                    throw denied(address);
                }
                transports
                        .subscriptions()
                        .subscribe(
                                connection, QueryParameters.of(message::header, stream, message.header("after")), null);
            }
            case "unregister" -> {
                if (stream == null) {
                    throw denied(address);
                }
                connection.remove(stream);
                if (message.reply() != null) {
                    transport.reply(
                            message.reply(),
                            new JsonObject().put("type", "unsubscribed").put("stream", stream));
                }
            }
            case "send", "publish" -> {
                if (!address.equals(Addresses.INGEST)) {
                    throw denied(address);
                }
                publish(address, message.reply(), message.body());
            }
            default ->
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "type must be register, unregister, send, publish or ping");
        }
    }

    private void publish(String address, @Nullable String reply, @Nullable String event) {
        if (event == null || !event.startsWith("{")) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the body must be an event, an object");
        }
        transports
                .publish(connection.principal(), event)
                .onSuccess(outcome -> {
                    if (reply != null && !connection.closing()) {
                        transport.reply(reply, answer(outcome));
                    }
                })
                .onFailure(error -> refuse(address, reply, MillraceException.of(error)));
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

    /**
     * Authenticates by the first message with a token; until then the connection has the role {@code public}. Another token of
     * the same user renews the connection's rights.
     */
    private Future<Void> identify(JsonNode headers) {
        JsonNode authorization = headers.path("authorization");
        if (!authorization.isTextual() || authorization.asText().equals(identifiedBy)) {
            if (!connection.welcomed()) {
                transports.connections().welcome(connection, Principal.PUBLIC);
            }
            return Future.succeededFuture();
        }
        if (!connection.principal().authenticated()
                && !connection.subscriptions().isEmpty()) {
            return Future.failedFuture(otherIdentity());
        }
        String header = authorization.asText();
        Promise<Void> identified = Promise.promise();
        Future.succeededFuture(header)
                .compose(transports.node().tokens()::ofHeader)
                .onComplete(done -> connection.hub().context().runOnContext(back -> Future.succeededFuture()
                        .compose(turn ->
                                done.succeeded() ? renew(header, done.result()) : Future.failedFuture(done.cause()))
                        .onComplete(identified)));
        return identified.future();
    }

    private Future<Void> renew(String header, Principal now) {
        Principal before = connection.principal();
        if (before.authenticated() && !before.user().equals(now.user())) {
            return Future.failedFuture(otherIdentity());
        }
        if (!connection.closing()) {
            identifiedBy = header;
            transports
                    .subscriptions()
                    .renew(connection, now, () -> transports.connections().welcome(connection, now));
        }
        return Future.succeededFuture();
    }

    private static MillraceException otherIdentity() {
        return new MillraceException(Failure.UNAUTHENTICATED, "another identity needs a new connection");
    }

    private void refuse(String address, @Nullable String reply, MillraceException refused) {
        String to = reply == null ? address : reply;
        if (!limit.endedBy(refused, to) && !connection.closing()) {
            connection.refused(refused);
            transport.refuse(to, refused.failure().status(), refused.failure().code() + " " + refused.getMessage());
        }
    }

    private static MillraceException denied(String address) {
        return new MillraceException(
                Failure.PERMISSION_DENIED,
                "access_denied: " + address
                        + " is not an address of the bridge: stream.<name> and millrace.ingest are");
    }
}
