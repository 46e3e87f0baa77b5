package io.millrace.broadcast;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Position;
import io.millrace.contracts.domain.Domains;
import io.millrace.contracts.domain.Namespace;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.delivery.PositionSeal;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * The WebSocket protocol of one connection (DESIGN §5.4): reads what the client sends, answers, and counts what it may
 * not send too often. Owned by its hub's event loop.
 */
final class Protocol {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxNestingDepth(32).build())
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int MINUTE_MS = 60_000;
    /** The third message that can't be read, within a minute, ends the connection. */
    private static final int BAD_MESSAGES = 3;

    private final Node node;
    private final Domains domains;
    private final BroadcastSettings settings;
    private final Hub hub;
    private final Doors doors;
    private final Connection connection;
    private long windowBeganMs = Connection.now();
    private int messages;
    private int badMessages;

    Protocol(Node node, BroadcastSettings settings, Hub hub, Doors doors, Connection connection) {
        this.node = node;
        this.domains = node.domains();
        this.settings = settings;
        this.hub = hub;
        this.doors = doors;
        this.connection = connection;
    }

    void receive(String text) {
        connection.heard();
        if (!withinLimit()) {
            return;
        }
        JsonNode message;
        try {
            message = JSON.readTree(text);
        } catch (JsonProcessingException notJson) {
            bad(null, "not JSON: " + notJson.getOriginalMessage());
            return;
        }
        Object id = id(message);
        try {
            handle(message, id);
        } catch (MillraceException refused) {
            if (refused.failure() == Failure.BAD_MESSAGE) {
                bad(id, refused.getMessage());
            } else {
                connection.error(id, refused);
            }
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
            case "subscribe", "CHANNEL_SUBSCRIBE" -> subscribe(message, id);
            case "unsubscribe", "CHANNEL_UNSUBSCRIBE" -> unsubscribe(message, id);
            case "ping" -> connection.send(new JsonObject().put("type", "pong"));
            default ->
                throw new MillraceException(Failure.BAD_MESSAGE, "type must be auth, subscribe, unsubscribe or ping");
        }
    }

    void welcome(Principal principal) {
        doors.welcomed(connection, principal);
        connection.welcome(principal, settings.heartbeat().toMillis());
    }

    /** Called about once a second. Who doesn't say who they are, is anybody. */
    void check() {
        if (!connection.welcomed()
                && connection.age() > settings.authentication().toMillis()) {
            welcome(Principal.PUBLIC);
        }
        connection.check(settings);
    }

    private void authenticate(JsonNode message) {
        if (!message.hasNonNull("token")) {
            if (!connection.welcomed()) {
                welcome(Principal.PUBLIC);
            }
            return;
        }
        String token = text(message, "token");
        node.tokens().verify(token).onComplete(done -> hub.context().runOnContext(back -> {
            if (done.failed()) {
                connection.close(
                        CloseCode.UNAUTHENTICATED,
                        Failure.UNAUTHENTICATED,
                        String.valueOf(done.cause().getMessage()));
                return;
            }
            Principal now = done.result();
            Principal before = connection.principal();
            boolean somebodyElse = connection.welcomed()
                    && before.authenticated()
                    && !(before.user().equals(now.user()) && before.roles().equals(now.roles()));
            if (somebodyElse || (!connection.subscriptions().isEmpty() && !before.authenticated())) {
                connection.close(
                        CloseCode.UNAUTHENTICATED, Failure.UNAUTHENTICATED, "another identity needs a new connection");
            } else {
                welcome(now);
            }
        }));
    }

    private void subscribe(JsonNode message, @Nullable Object id) {
        String stream = text(message, "stream");
        for (String notYet : new String[] {"filter", "state", "delta", "rate"}) {
            if (message.has(notYet)) {
                throw new MillraceException(Failure.BAD_MESSAGE, "this release doesn't know " + notYet);
            }
        }
        if (connection.subscriptions().size() >= settings.subscriptions() && connection.subscription(stream) == null) {
            throw new MillraceException(
                    Failure.RATE_LIMITED, "a connection has at most " + settings.subscriptions() + " subscriptions");
        }
        Visibility visibility = visibility(stream);
        String after = message.hasNonNull("after") ? text(message, "after") : null;
        // Subscribing again begins anew.
        connection.remove(stream);
        Subscription subscription = new Subscription(connection, stream, visibility, 0);
        connection.add(subscription);
        hub.subscribe(
                        subscription,
                        (epoch, seal) -> after == null ? null : position(subscription, epoch, seal, after),
                        start -> connection.send(reply("subscribed", id)
                                .put("stream", stream)
                                .put("position", hub.text(subscription, start.after()))
                                .put("recovered", start.recovered())))
                .onSuccess(start -> begun(subscription, id, after != null, start))
                .onFailure(error -> {
                    if (connection.subscription(stream) == subscription) {
                        connection.remove(stream);
                    }
                    connection.error(id, error);
                });
    }

    private void begun(Subscription subscription, @Nullable Object id, boolean resumed, Feed.Start start) {
        if (resumed) {
            doors.resumed(start.recovered());
        }
        if (subscription.closed) {
            // Replaced or ended before it began; every request has its answer.
            connection.send(reply("unsubscribed", id).put("stream", subscription.stream));
        }
    }

    /** What this person may see of a stream; nothing is refused, in the same words whether the stream exists or not. */
    private Visibility visibility(String stream) {
        Namespace namespace = domains.namespaceOf(stream);
        Visibility visibility = namespace == null
                ? Visibility.NOTHING
                : Visibility.of(domains, namespace, stream, connection.principal());
        if (visibility.nothing()) {
            throw new MillraceException(Failure.PERMISSION_DENIED, "none of your roles may see the stream " + stream);
        }
        return visibility;
    }

    /** Called on the feed's loop: reads only what never changes. */
    private static Position position(Subscription subscription, String epoch, PositionSeal seal, String after) {
        if (after.equals(Position.EMPTY.toString())) {
            return Position.EMPTY;
        }
        Position position =
                subscription.visibility.whole() ? Position.parse(after) : seal.open(subscription.stream, epoch, after);
        // What can't be read was given for another stream, or before it was begun anew: it can't be kept.
        return position == null ? new Position("", 1) : position;
    }

    private void unsubscribe(JsonNode message, @Nullable Object id) {
        String stream = text(message, "stream");
        connection.remove(stream);
        connection.send(reply("unsubscribed", id).put("stream", stream));
    }

    private boolean withinLimit() {
        long now = Connection.now();
        if (now - windowBeganMs > MINUTE_MS) {
            windowBeganMs = now;
            messages = 0;
            badMessages = 0;
        }
        messages++;
        if (messages <= settings.messages()) {
            return true;
        }
        String why = "more than " + settings.messages() + " messages a minute";
        if (messages > settings.messages() + 10) {
            connection.close(CloseCode.RATE_LIMITED, Failure.RATE_LIMITED, why);
        } else {
            connection.error(null, new MillraceException(Failure.RATE_LIMITED, why));
        }
        return false;
    }

    private void bad(@Nullable Object id, String why) {
        if (++badMessages >= BAD_MESSAGES) {
            connection.close(CloseCode.BAD_MESSAGE, Failure.BAD_MESSAGE, why);
        } else {
            connection.error(id, new MillraceException(Failure.BAD_MESSAGE, why));
        }
    }

    private static JsonObject reply(String type, @Nullable Object id) {
        JsonObject reply = new JsonObject().put("type", type);
        return id == null ? reply : reply.put("id", id);
    }

    /** Whatever number or short text the client chose. */
    private static @Nullable Object id(JsonNode message) {
        JsonNode id = message.path("id");
        if (id.isIntegralNumber() && id.canConvertToLong()) {
            return id.asLong();
        }
        return id.isTextual() && id.asText().length() <= 128 ? id.asText() : null;
    }

    private static String text(JsonNode message, String name) {
        JsonNode value = message.path(name);
        if (!value.isTextual() || value.asText().isEmpty() || value.asText().length() > 16_384) {
            throw new MillraceException(Failure.BAD_MESSAGE, name + " must be a string");
        }
        return value.asText();
    }
}
