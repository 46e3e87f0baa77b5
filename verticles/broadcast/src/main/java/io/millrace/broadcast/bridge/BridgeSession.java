package io.millrace.broadcast.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.limit.MessageRateLimiter;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.broadcast.subscription.QueryParameters;
import io.millrace.broadcast.transport.MessageAuthentication;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The event-bus bridge's protocol on one connection, as the stock clients speak it: {@code @vertx/eventbus-bridge-client.js}
 * over SockJS, those of the TCP bridge over TCP. There is no event bus behind it: {@code stream.<name>} is a subscription,
 * {@code millrace.ingest} publishes, and every other address is refused. Owned by its hub's event loop.
 */
public final class BridgeSession {
    private static final String STREAM = "stream.";
    private static final int MAX_PING = 256;
    /** Of messages that wait for the verification of a token. */
    private static final int MAX_WAITING = 2 * HttpServerVerticle.MAX_MESSAGE;

    private final TransportContext transports;
    private final Connection connection;
    private final BridgeTransport transport;
    private final MessageAuthentication authentication;
    private final MessageRateLimiter limit;
    /** Completes when the previous message was handled: whether it succeeded. */
    private Future<Boolean> previous = Future.succeededFuture(true);

    private int waitingBytes;
    /** The header by which the connection has its identity; null before that. */
    private @Nullable String identifiedBy;

    /** @param address the client's, as {@code AdmissionControl} tells it */
    public BridgeSession(
            TransportContext transports, Connection connection, BridgeTransport transport, String address) {
        this.transports = transports;
        this.connection = connection;
        this.transport = transport;
        this.authentication = new MessageAuthentication(transports, connection, address);
        this.limit = new MessageRateLimiter(connection, transports.settings().messages());
    }

    /** Handles a message in UTF-8. */
    public void receive(byte[] utf8) {
        String text;
        try {
            text = ClientJson.utf8("the message", utf8);
        } catch (MillraceException notText) {
            if (!connection.closing()) {
                connection.touch();
                limit.count();
                refuse("", null, notText);
            }
            return;
        }
        receive(text);
    }

    public void receive(String text) {
        if (connection.closing()) {
            return;
        }
        connection.touch();
        BridgeMessage message;
        try {
            message = BridgeMessage.read(text);
        } catch (RuntimeException unreadable) {
            limit.count();
            refuse("", BridgeMessage.replyOfUnreadable(text), ClientJsonMessages.refusal(unreadable));
            return;
        }
        switch (message.type()) {
            case "ping" -> {
                if (isSmall(text)) {
                    transport.pong();
                }
            }
            case "pong" -> {
                boolean unused = isSmall(text);
            }
            default -> receive(message, text.length());
        }
    }

    /** Clients send pings of their own as often as they like; one that carries more is a message like others. */
    private boolean isSmall(String ping) {
        if (ping.length() > MAX_PING) {
            limit.count();
            try {
                limit.check();
            } catch (MillraceException tooMany) {
                refuse("", null, tooMany);
                return false;
            }
        }
        return true;
    }

    /** @param bytes of the message, about */
    private void receive(BridgeMessage message, int bytes) {
        limit.count();
        try {
            limit.check();
        } catch (MillraceException tooMany) {
            refuse(message.address(), message.reply(), tooMany);
            return;
        }
        waitingBytes += bytes;
        if (waitingBytes > MAX_WAITING && !previous.isComplete()) {
            connection.close(
                    CloseCode.OVERLOADED,
                    new MillraceException(Failure.OVERLOADED, "too much was sent before the token was verified"),
                    null);
            return;
        }
        // In order: the first message may have to wait for the verification of its token.
        previous = previous.compose(done -> identify(message))
                .onComplete(known -> waitingBytes -= bytes)
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

    private void handle(BridgeMessage message) {
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
    private Future<Void> identify(BridgeMessage message) {
        if (connection.closing()) {
            return Future.succeededFuture();
        }
        JsonNode authorization = message.headers().path("authorization");
        if (!authorization.isTextual() || authorization.asText().equals(identifiedBy)) {
            if (!connection.welcomed()) {
                transports.connections().welcome(connection, Principal.PUBLIC);
            }
            return Future.succeededFuture();
        }
        String header = authorization.asText();
        return authentication.authenticate(
                TokenVerifier.bearer(header),
                () -> transports.node().tokens().ofHeader(header),
                answerAddress(message.address(), message.reply()),
                now -> {
                    identifiedBy = header;
                    transports.connections().welcome(connection, now);
                });
    }

    private static String answerAddress(String address, @Nullable String reply) {
        return reply == null ? address : reply;
    }

    private void refuse(String address, @Nullable String reply, MillraceException refused) {
        String to = answerAddress(address, reply);
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
