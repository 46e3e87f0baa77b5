package io.millrace.broadcast.transport;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.http.ProblemResponses;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** {@code POST /api/tickets}: issues a ticket for a token. */
public final class TicketRoute {
    private final TransportContext transports;

    public TicketRoute(TransportContext transports) {
        this.transports = transports;
    }

    public void issue(RoutingContext ctx) {
        String token = TokenVerifier.bearer(ctx.request().getHeader(HttpHeaders.AUTHORIZATION));
        if (token == null) {
            throw new MillraceException(Failure.UNAUTHENTICATED, "a ticket needs a token: Authorization: Bearer …");
        }
        transports
                .admission()
                .countTicket(ctx.request(), token)
                .compose(principal -> ctx.response()
                        .setStatusCode(201)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store")
                        .end(new JsonObject()
                                .put("ticket", transports.tickets().issue(token))
                                .put("expiresIn", Tickets.LIFE.toSeconds())
                                .toBuffer()))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }
}
