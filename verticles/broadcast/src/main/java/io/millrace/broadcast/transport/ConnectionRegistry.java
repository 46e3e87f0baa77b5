package io.millrace.broadcast.transport;

import io.micrometer.core.instrument.Counter;
import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.limit.AdmissionControl;
import io.millrace.broadcast.limit.ConnectionLimits;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.ServerMessages;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.spec.Sampling;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.journey.Deliveries.Delivery;
import io.millrace.contracts.journey.DeliveryQuery;
import io.millrace.contracts.journey.DeliverySummaryQuery;
import io.millrace.domain.DomainModel;
import io.millrace.domain.access.RolePresence;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.Revocations;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The open connections of one event loop of the HTTP server, on every transport. Owned by that event loop. */
public final class ConnectionRegistry {
    private static final int CHECK_MS = 1_000;
    /** How long a client may take to close its side after its token has ended. */
    private static final int LEAVE_MS = 1_000;
    /** After how long a client may come back that an operator has disconnected. */
    private static final int RETURN_MS = 2_000;

    private static final String DISCONNECTED = "an operator has ended this connection";

    private final Hub hub;
    private final BroadcastSettings settings;
    private final ConnectionLimits stats;
    private final LocalPresence localPresence;
    private final DomainModel domains;
    private final Revocations revocations;
    private final Vertx vertx;
    private final Counter revoked;
    private final Map<String, Connection> open = new LinkedHashMap<>();
    /** Whether all clients were sent away. */
    private boolean drained;

    public ConnectionRegistry(NodeContext node, BroadcastSettings settings, Hub hub, TransportContext.Shared shared) {
        this.hub = hub;
        this.settings = settings;
        this.stats = shared.stats();
        this.localPresence = shared.localPresence();
        this.domains = node.domains();
        this.revocations = node.tokens().revocations();
        this.vertx = node.vertx();
        this.revoked = Counter.builder("millrace.broadcast.revoked.connections")
                .description("Connections that ended since their token was revoked or had expired")
                .register(node.metrics());
        revocations.onChange(() -> hub.context().runOnContext(changed -> endRevoked()));
        node.vertx().setPeriodic(CHECK_MS, timer -> check());
    }

    public Hub hub() {
        return hub;
    }

    /**
     * Registers a new connection, and closes it if its address has too many.
     *
     * @param address the client's, as {@link AdmissionControl#address} tells it
     */
    public void opened(Connection connection, String address) {
        open.put(connection.id(), connection);
        try {
            stats.opened(connection, address);
        } catch (MillraceException tooMany) {
            connection.close(CloseCode.RATE_LIMITED, tooMany, null);
        }
        if (drained) {
            // It was let in before the drain, and its token took until now.
            connection.sendReconnect(ConnectionDrain.SLICE_MS);
        }
    }

    /** Gives a connection its identity. */
    public void welcome(Connection connection, Principal principal) {
        welcome(connection, principal, null);
    }

    /**
     * Gives a connection its identity, or closes it if its user has too many connections.
     *
     * @param requestId the id of the message that authenticated the client; null if it has none
     */
    public void welcome(Connection connection, Principal principal, @Nullable Object requestId) {
        try {
            stats.welcomed(connection, principal);
        } catch (MillraceException tooMany) {
            connection.close(CloseCode.RATE_LIMITED, tooMany, requestId);
            return;
        }
        updatePresence(connection, false);
        connection.welcome(
                principal, welcome(connection.id(), connection.transport().name(), principal, requestId));
        updatePresence(connection, true);
        // It may have been revoked since it was verified.
        endIfRevoked(connection);
    }

    private JsonObject welcome(String id, String transport, Principal principal, @Nullable Object requestId) {
        JsonObject welcome =
                ServerMessages.welcome(id, principal, settings.heartbeat().toMillis(), requestId);
        Sampling sampling = Sampling.of(id, settings.acknowledge());
        // The other transports have no message for it.
        return sampling == null || !transport.equals("websocket")
                ? welcome
                : welcome.put("acknowledge", sampling.json());
    }

    /** Counts the user as present, or no longer present, in the roles for which packs declare presence. */
    private void updatePresence(Connection connection, boolean enters) {
        Principal principal = connection.principal();
        for (RolePresence presence : domains.presences()) {
            if (connection.welcomed() && principal.roles().contains(presence.role())) {
                String channel = LocalPresence.channelOfRole(presence.role());
                if (enters) {
                    localPresence.enter(channel, principal.user());
                } else {
                    localPresence.leave(channel, principal.user());
                }
            }
        }
    }

    /**
     * The transport is closed. This may be called during a delivery to the connection's groups, so the connection leaves them
     * after it.
     */
    public void closed(Connection connection) {
        hub.context().runOnContext(over -> leave(connection));
    }

    private void leave(Connection connection) {
        if (open.remove(connection.id()) != null) {
            updatePresence(connection, false);
            stats.closed(connection);
            connection.closed();
        }
    }

    /** Finds out what became of an event at the connections of a query. From any thread, completed on this event loop. */
    Future<List<Delivery>> deliveries(DeliveryQuery query, String nodeName) {
        Promise<List<Delivery>> answer = Promise.promise();
        hub.context().runOnContext(ask -> {
            List<Future<Delivery>> found = new ArrayList<>();
            for (Connection connection : open.values()) {
                boolean matches = (query.user() == null
                                || query.user().equals(connection.principal().user()))
                        && (query.connection() == null || query.connection().equals(connection.id()));
                if (matches) {
                    found.add(hub.diagnose(connection, domains, query.event(), query.position())
                            .map(result ->
                                    new Delivery(connection.id(), nodeName, result.status(), result.atMicros())));
                }
            }
            Future.all(found)
                    .map(all -> found.stream().map(Future::result).toList())
                    .onComplete(answer);
        });
        return answer.future();
    }

    /** What became of an event at all connections of this loop. From any thread. */
    Future<DeliverySurvey> survey(DeliverySummaryQuery query) {
        Promise<DeliverySurvey> answer = Promise.promise();
        hub.context().runOnContext(ask -> DeliverySurvey.of(hub, query, List.copyOf(open.values()))
                .onComplete(answer));
        return answer.future();
    }

    /** The open connections, or the one with that id. From this event loop. */
    public List<Connection> open(@Nullable String id) {
        Connection one = id == null ? null : open.get(id);
        return id == null ? List.copyOf(open.values()) : one == null ? List.of() : List.of(one);
    }

    /** Ends a connection as an operator wants it; its client may come back. From this event loop. */
    public void disconnect(Connection connection) {
        end(connection, CloseCode.DISCONNECTED, new MillraceException(Failure.UNAVAILABLE, DISCONNECTED, RETURN_MS));
    }

    private void endRevoked() {
        List.copyOf(open.values()).forEach(this::endIfRevoked);
    }

    private void endIfRevoked(Connection connection) {
        if (revocations.revokes(connection.principal())) {
            endUnauthenticated(connection, Revocations.revoked());
        }
    }

    private void endIfExpired(Connection connection) {
        if (connection.principal().hasExpired(System.currentTimeMillis())) {
            endUnauthenticated(connection, new MillraceException(Failure.UNAUTHENTICATED, "the token has expired"));
        }
    }

    private void endUnauthenticated(Connection connection, MillraceException why) {
        if (end(connection, CloseCode.UNAUTHENTICATED, why)) {
            revoked.increment();
        }
    }

    /**
     * Ends a connection, once its token is not valid any more or an operator wants it. Nothing of its streams is sent from now on: what waits for a slow
     * client is discarded with the socket; any other client is sent the reason, and has a moment to close its side. What the
     * system holds for it then is discarded, too.
     *
     * @return whether it had not ended already
     */
    private boolean end(Connection connection, CloseCode code, MillraceException why) {
        if (connection.closing()) {
            // Its last message may wait behind others.
            if (!connection.settle()) {
                connection.reset();
            }
            return false;
        }
        connection.leave(connection.streams());
        if (connection.settle()) {
            connection.close(code, why, null);
            vertx.setTimer(LEAVE_MS, timer -> {
                if (open.containsKey(connection.id())) {
                    connection.reset();
                }
            });
        } else {
            connection.reset(code, why);
        }
        return true;
    }

    /** Sends all clients to other nodes, as {@link ConnectionDrain} does. From any thread; completes when they have gone. */
    public Future<Void> drain() {
        Promise<Void> gone = Promise.promise();
        int withinMs = (int) settings.reconnectSpread().toMillis();
        hub.context().runOnContext(begin -> new ConnectionDrain(vertx, open.values(), withinMs)
                .start()
                .onSuccess(all -> drained = true)
                .onComplete(gone));
        return gone.future();
    }

    /** Connections that don't authenticate in time get the role {@code public}. */
    private void check() {
        for (Connection connection : List.copyOf(open.values())) {
            if (!connection.welcomed()
                    && connection.age() > settings.authentication().toMillis()) {
                welcome(connection, Principal.PUBLIC);
            }
            endIfRevoked(connection);
            endIfExpired(connection);
            connection.check(settings.timeouts());
        }
    }
}
