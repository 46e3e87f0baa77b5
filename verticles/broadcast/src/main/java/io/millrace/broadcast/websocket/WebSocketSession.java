package io.millrace.broadcast.websocket;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.acknowledge.Acknowledgements;
import io.millrace.broadcast.format.CborReader;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.limit.MessageRateLimiter;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.spec.Sampling;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.broadcast.subscription.PresenceResponse;
import io.millrace.broadcast.subscription.SubscribeRequest;
import io.millrace.broadcast.subscription.SubscriptionService;
import io.millrace.broadcast.transport.MessageAuthentication;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.RolePresence;
import io.millrace.domain.model.EventType;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.Visibility;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.core.json.JsonObject;
import io.vertx.core.streams.ReadStream;
import java.io.StringWriter;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Handles one client's messages of the WebSocket protocol: reads, limits and answers them. Owned by its hub's event loop.
 */
final class WebSocketSession {
    private static final String ACKNOWLEDGE = "acknowledge";

    private final TransportContext transports;
    private final Connection connection;
    private final ReadStream<?> socket;
    private final MessageAuthentication authentication;
    private final MessageRateLimiter limit;
    private final Acknowledgements acknowledgements;

    /**
     * Makes the session of a connection.
     *
     * @param socket the socket, which is paused while a token is verified
     * @param address the client's, as {@code AdmissionControl} tells it
     */
    WebSocketSession(TransportContext transports, Connection connection, ReadStream<?> socket, String address) {
        this.transports = transports;
        this.connection = connection;
        this.socket = socket;
        this.authentication = new MessageAuthentication(transports, connection, address);
        this.limit = new MessageRateLimiter(connection, transports.settings().messages());
        this.acknowledgements = new Acknowledgements(
                connection,
                Sampling.of(connection.id(), transports.settings().acknowledge()),
                transports.shared().readTimes());
    }

    void receive(String text) {
        receive(() -> {}, () -> text);
    }

    /** As {@link #receive}, of a message in CBOR. */
    void receiveCbor(byte[] cbor) {
        StringWriter json = new StringWriter();
        receive(() -> CborReader.copy(cbor, HttpServerVerticle.MAX_MESSAGE, json), json::toString);
    }

    /** @param json the message, or what of it could be read, once it was read */
    private void receive(Runnable read, Supplier<String> json) {
        if (connection.closing()) {
            return;
        }
        connection.touch();
        limit.count();
        Object id = null;
        try {
            read.run();
            ClientJson.Split message = ClientJson.split("the message", json.get(), "event");
            id = ClientJsonMessages.id(message.object().get("id"));
            if (message.object().path("type").asText("").equals(ACKNOWLEDGE)) {
                limit.exemptAcknowledgement();
            }
            limit.check();
            handle(message, id);
        } catch (RuntimeException refused) {
            refuse(
                    id == null ? ClientJsonMessages.idOfUnreadable(json.get()) : id,
                    ClientJsonMessages.refusal(refused));
        }
    }

    private void handle(ClientJson.Split split, @Nullable Object id) {
        JsonNode message = split.object();
        String type = message.path("type").asText("");
        if (type.equals("auth")) {
            authenticate(message, id);
            return;
        }
        if (!connection.welcomed()) {
            welcome(Principal.PUBLIC, null);
        }
        switch (type) {
            case "subscribe", "CHANNEL_SUBSCRIBE" ->
                transports.subscriptions().subscribe(connection, SubscribeRequest.parse(message), id);
            case "unsubscribe", "CHANNEL_UNSUBSCRIBE" ->
                transports.subscriptions().unsubscribe(connection, ClientJsonMessages.of(message, "stream"), id);
            case "publish", "PUBLISH_EVENT" -> publish(split.member(), id);
            case "presence" -> presence(ClientJsonMessages.of(message, "stream"), id);
            case ACKNOWLEDGE -> acknowledgements.take(message);
            case "ping" -> connection.send(null, SubscriptionService.reply("pong", id));
            default ->
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "type must be auth, subscribe, unsubscribe, publish, presence or ping");
        }
    }

    /**
     * Gives the connection its identity.
     *
     * @param id the id of the message that authenticated the client; null if there is none
     */
    void welcome(Principal principal, @Nullable Object id) {
        transports.connections().welcome(connection, principal, id);
        transports.subscriptions().follow(connection);
    }

    /** Later messages wait in the socket until the token is verified. */
    private void authenticate(JsonNode message, @Nullable Object id) {
        JsonNode token = message.path("token");
        if (token.isMissingNode() || token.isNull()) {
            welcome(connection.welcomed() ? connection.principal() : Principal.PUBLIC, id);
            return;
        }
        if (!token.isTextual()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "token must be a string");
        }
        socket.pause();
        String text = token.textValue();
        authentication
                .authenticate(text, () -> transports.node().tokens().verify(text), id, now -> welcome(now, id))
                .onFailure(unchanged -> refuse(id, MillraceException.of(unchanged)))
                .onComplete(done -> socket.resume());
    }

    private void presence(String stream, @Nullable Object id) {
        Visibility visibility = transports.subscriptions().visibility(stream, connection.principal());
        String channel = channel(stream, visibility);
        if (channel == null) {
            throw new MillraceException(Failure.PERMISSION_DENIED, "the stream " + stream + " has no presence");
        }
        connection.send(
                stream, PresenceResponse.of(stream, channel, transports.peers().all(), id));
    }

    /** The presence channel of a stream: the stream's own, or a role's; null if the stream has no presence. */
    private @Nullable String channel(String stream, Visibility visibility) {
        DomainModel domains = transports.node().domains();
        Namespace namespace = domains.namespaceOf(stream);
        if (namespace != null && namespace.presence() != null) {
            return stream;
        }
        for (RolePresence presence : domains.presences()) {
            EventType join = domains.type(presence.events().join());
            if (join != null
                    && join.namespace().equals(namespace)
                    && visibility.all().contains(join.name())) {
                return LocalPresence.channelOfRole(presence.role());
            }
        }
        return null;
    }

    private void publish(@Nullable String event, @Nullable Object id) {
        if (event == null || !event.startsWith("{")) {
            throw new MillraceException(Failure.BAD_MESSAGE, "event must be an object");
        }
        transports
                .publish(connection.principal(), event)
                .onSuccess(outcome -> connection.send(null, published(outcome, id)))
                .onFailure(error -> refuse(id, MillraceException.of(error)));
    }

    private void refuse(@Nullable Object id, MillraceException refused) {
        if (!limit.endedBy(refused, id)) {
            connection.error(null, id, refused);
        }
    }

    private static JsonObject published(Outcome outcome, @Nullable Object id) {
        JsonObject published = SubscriptionService.reply("published", id)
                .put("status", outcome.status().wire())
                .put("event", outcome.id());
        if (outcome.position() != null) {
            published
                    .put("stream", outcome.stream())
                    .put("position", outcome.position().toString());
        }
        return published;
    }
}
