package io.millrace.broadcast.transport;

import io.millrace.broadcast.BroadcastSettings;
import io.millrace.broadcast.limit.AdmissionControl;
import io.millrace.broadcast.limit.ConnectionStats;
import io.millrace.broadcast.presence.LocalPresence;
import io.millrace.broadcast.presence.NodeRegistry;
import io.millrace.broadcast.subscription.SubscriptionService;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;

/** What every transport on one event loop of the front stands on. */
public record TransportContext(
        NodeContext node,
        BroadcastSettings settings,
        AdmissionControl admission,
        ConnectionRegistry sessions,
        SubscriptionService subscriber,
        Shared shared) {

    /**
     * What is one for the node. */
    public record Shared(
            ConnectionStats doors,
            Tickets tickets,
            LocalPresence roster,
            NodeRegistry peers,
            DeliveryTracer whereabouts) {}

    public Tickets tickets() {
        return shared.tickets();
    }

    public NodeRegistry peers() {
        return shared.peers();
    }

    /** Who asks: by a bearer token, or by a ticket where a header can't be sent. */
    public Future<Principal> principal(HttpServerRequest request) {
        String ticket = request.getParam("ticket");
        return ticket != null
                ? shared.tickets().redeem(new Ticket(ticket, false))
                : node.tokens().ofHeader(request.getHeader(HttpHeaders.AUTHORIZATION));
    }

    /**
     * As {@code POST /api/events} would take it.
     *
     * @param event as the client wrote it
     */
    public Future<Outcome> publish(Principal who, String event) {
        PublishRequest publication = new PublishRequest(
                who.authenticated() ? who.user() : null,
                who.roles(),
                who.claims().toBuffer().getBytes(),
                event.getBytes(StandardCharsets.UTF_8));
        return node.bus().request(Addresses.PUBLISH, publication).compose(outcome -> {
            Failure failure = outcome.failure();
            return failure == null
                    ? Future.succeededFuture(outcome)
                    : Future.failedFuture(new MillraceException(failure, String.valueOf(outcome.message())));
        });
    }
}
