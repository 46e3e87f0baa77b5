package io.millrace.broadcast.transport;

import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.acknowledge.ReadTimesLog;
import io.millrace.broadcast.limit.AdmissionControl;
import io.millrace.broadcast.limit.ConnectionLimits;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.broadcast.subscription.SubscriptionService;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.event.Outcome;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.delivery.EventPublishing;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** What the transports of one event loop of the HTTP server share. */
public record TransportContext(
        NodeContext node,
        BroadcastSettings settings,
        AdmissionControl admission,
        ConnectionRegistry connections,
        SubscriptionService subscriptions,
        Shared shared) {

    /** What all event loops of the node share. */
    public record Shared(
            ConnectionLimits stats,
            Tickets tickets,
            LocalPresence localPresence,
            NodeRegistry peers,
            DeliveryTracer tracer,
            ReadTimesLog readTimes) {}

    public Tickets tickets() {
        return shared.tickets();
    }

    public NodeRegistry peers() {
        return shared.peers();
    }

    /** The bearer token of a request; null if it has none, or a ticket. */
    public static @Nullable String token(HttpServerRequest request) {
        return request.getParam("ticket") != null
                ? null
                : TokenVerifier.bearer(request.getHeader(HttpHeaders.AUTHORIZATION));
    }

    /** Authenticates a request by its bearer token, or by a ticket where a client can't send a header. */
    public Future<Principal> principal(HttpServerRequest request) {
        String ticket = request.getParam("ticket");
        return ticket != null
                ? shared.tickets().redeem(new Ticket(ticket, false))
                : node.tokens().ofHeader(request.getHeader(HttpHeaders.AUTHORIZATION));
    }

    /**
     * Publishes an event, as {@code POST /api/events} does.
     *
     * @param event the event as the client wrote it
     */
    public Future<Outcome> publish(Principal principal, String event) {
        return EventPublishing.publish(node.bus(), principal, event.getBytes(StandardCharsets.UTF_8));
    }
}
