package io.millrace.broadcast;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Publication;
import io.millrace.contracts.Ticket;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.nio.charset.StandardCharsets;

/** What every transport on one event loop of the front stands on. */
record Transports(
        Node node,
        BroadcastSettings settings,
        Admission admission,
        Sessions sessions,
        Subscriber subscriber,
        Shared shared) {

    /**
     * What is one for the node. */
    record Shared(Doors doors, Tickets tickets, Roster roster, Peers peers, Whereabouts whereabouts) {}

    Tickets tickets() {
        return shared.tickets();
    }

    Peers peers() {
        return shared.peers();
    }

    /** Who asks: by a bearer token, or by a ticket where a header can't be sent. */
    Future<Principal> principal(HttpServerRequest request) {
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
    Future<Outcome> publish(Principal who, String event) {
        Publication publication = new Publication(
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
