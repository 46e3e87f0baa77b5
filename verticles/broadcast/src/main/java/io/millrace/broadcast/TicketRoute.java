package io.millrace.broadcast;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Problems;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** {@code POST /api/tickets}: a ticket for who holds a token. */
final class TicketRoute {
    private static final String BEARER = "Bearer ";

    private final Transports transports;

    TicketRoute(Transports transports) {
        this.transports = transports;
    }

    void issue(RoutingContext ctx) {
        String header = ctx.request().getHeader(HttpHeaders.AUTHORIZATION);
        if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
            throw new MillraceException(
                    Failure.UNAUTHENTICATED, "a ticket is for who has a token: Authorization: Bearer …");
        }
        transports
                .node()
                .tokens()
                .ofHeader(header)
                .map(who -> transports.admission().takesTicket(ctx.request(), who))
                .compose(who -> ctx.response()
                        .setStatusCode(201)
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                        .end(new JsonObject()
                                .put(
                                        "ticket",
                                        transports
                                                .tickets()
                                                .issue(header.substring(BEARER.length())
                                                        .strip()))
                                .put("expiresIn", Tickets.LIFE.toSeconds())
                                .toBuffer()))
                .onFailure(error -> Problems.answer(ctx, error));
    }
}
