package io.millrace.broadcast;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.CloseCode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.EventType;
import io.millrace.contracts.domain.Namespace;
import io.millrace.contracts.domain.RolePresence;
import io.millrace.platform.Principal;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The client's half of the WebSocket protocol on one connection: reads what it sends, answers, and counts what it may
 * not send too often. Owned by its hub's event loop.
 */
final class Protocol {
    private final Transports transports;
    private final Connection connection;
    private final MessageLimit limit;

    Protocol(Transports transports, Connection connection) {
        this.transports = transports;
        this.connection = connection;
        this.limit = new MessageLimit(connection, transports.settings().messages());
    }

    void receive(String text) {
        connection.heard();
        if (!limit.allows()) {
            return;
        }
        Object id = null;
        try {
            JsonNode message = Texts.json("the message", text);
            id = id(message);
            handle(message, id);
        } catch (MillraceException refused) {
            refuse(id, refused);
        }
    }

    private void handle(JsonNode message, @Nullable Object id) {
        String type = message.path("type").asText("");
        if (type.equals("auth")) {
            authenticate(message);
            return;
        }
        if (!connection.welcomed()) {
            welcome(Principal.PUBLIC);
        }
        switch (type) {
            case "subscribe", "CHANNEL_SUBSCRIBE" ->
                transports.subscriber().subscribe(connection, SubscribeRequest.parse(message), id);
            case "unsubscribe", "CHANNEL_UNSUBSCRIBE" ->
                transports.subscriber().unsubscribe(connection, Texts.of(message, "stream"), id);
            case "publish", "PUBLISH_EVENT" -> publish(message, id);
            case "presence" -> presence(Texts.of(message, "stream"), id);
            case "ping" -> connection.send(null, new JsonObject().put("type", "pong"));
            default ->
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "type must be auth, subscribe, unsubscribe, publish, presence or ping");
        }
    }

    void welcome(Principal principal) {
        transports.sessions().welcome(connection, principal);
        transports.subscriber().follow(connection);
    }

    private void authenticate(JsonNode message) {
        if (!message.hasNonNull("token")) {
            if (!connection.welcomed()) {
                welcome(Principal.PUBLIC);
            }
            return;
        }
        String token = Texts.of(message, "token");
        transports.node().tokens().verify(token).onComplete(done -> connection
                .hub()
                .context()
                .runOnContext(back -> {
                    if (done.failed()) {
                        connection.close(
                                CloseCode.UNAUTHENTICATED,
                                Failure.UNAUTHENTICATED,
                                String.valueOf(done.cause().getMessage()));
                    } else {
                        authenticated(done.result());
                    }
                }));
    }

    private void authenticated(Principal now) {
        Principal before = connection.principal();
        boolean somebodyElse = connection.welcomed()
                && before.authenticated()
                && !(before.user().equals(now.user()) && before.roles().equals(now.roles()));
        if (somebodyElse || (!connection.subscriptions().isEmpty() && !before.authenticated())) {
            connection.close(
                    CloseCode.UNAUTHENTICATED, Failure.UNAUTHENTICATED, "another identity needs a new connection");
        } else {
            welcome(now);
            transports.subscriber().recheck(connection);
        }
    }

    private void presence(String stream, @Nullable Object id) {
        Visibility visibility = transports.subscriber().visibility(stream, connection.principal());
        String place = place(stream, visibility);
        if (place == null) {
            throw new MillraceException(
                    Failure.PERMISSION_DENIED, "who follows the stream " + stream + " is told to nobody");
        }
        connection.send(
                stream, PresenceAnswer.of(stream, place, transports.peers().all(), id));
    }

    /** Whose coming and going a stream tells: of those who follow it, or of those of a role; null if it tells nobody's. */
    private @Nullable String place(String stream, Visibility visibility) {
        Domains domains = transports.node().domains();
        Namespace namespace = domains.namespaceOf(stream);
        if (namespace != null && namespace.presence() != null) {
            return stream;
        }
        for (RolePresence presence : domains.presences()) {
            EventType join = domains.type(presence.events().join());
            if (join != null
                    && join.namespace().equals(namespace)
                    && visibility.all().contains(join.name())) {
                return Roster.place(presence.role());
            }
        }
        return null;
    }

    private void publish(JsonNode message, @Nullable Object id) {
        JsonNode event = message.path("event");
        if (!event.isObject()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "event must be an object");
        }
        transports
                .publish(connection.principal(), event)
                .onSuccess(outcome -> connection.send(null, published(outcome, id)))
                .onFailure(error -> refuse(id, MillraceException.of(error)));
    }

    private void refuse(@Nullable Object id, MillraceException refused) {
        if (!limit.endedBy(refused)) {
            connection.error(null, id, refused);
        }
    }

    private static JsonObject published(Outcome outcome, @Nullable Object id) {
        JsonObject published = Subscriber.reply("published", id)
                .put("status", outcome.status().wire())
                .put("event", outcome.id());
        if (outcome.position() != null) {
            published
                    .put("stream", outcome.stream())
                    .put("position", outcome.position().toString());
        }
        return published;
    }

    /** Whatever number or short text the client chose. */
    private static @Nullable Object id(JsonNode message) {
        JsonNode id = message.path("id");
        if (id.isIntegralNumber() && id.canConvertToLong()) {
            return id.asLong();
        }
        return id.isTextual() && id.asText().length() <= 128 ? id.asText() : null;
    }
}
