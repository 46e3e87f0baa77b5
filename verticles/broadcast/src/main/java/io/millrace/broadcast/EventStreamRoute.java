package io.millrace.broadcast;

import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/** {@code GET /api/sse}: server-sent events. */
final class EventStreamRoute {
    private final Transports transports;

    EventStreamRoute(Transports transports) {
        this.transports = transports;
    }

    void open(RoutingContext ctx) {
        transports.admission().check(ctx.request());
        transports
                .principal(ctx.request())
                .onSuccess(who -> open(ctx, who))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private void open(RoutingContext ctx, Principal who) {
        if (ctx.response().closed()) {
            // It went while it was asked who it is.
            return;
        }
        List<SubscribeRequest> requests;
        try {
            requests = requests(ctx);
            requests.forEach(request -> transports.subscriber().visibility(request.stream(), who));
        } catch (MillraceException refused) {
            Problems.answer(ctx, refused);
            return;
        }
        HttpServerResponse response = ctx.response()
                .setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache")
                // Asks proxies not to hold it back.
                .putHeader("X-Accel-Buffering", "no");
        Sessions sessions = transports.sessions();
        EventStreamOutlet outlet = new EventStreamOutlet(
                response,
                ctx.request().connection(),
                requests.size(),
                transports.settings().buffer());
        Connection connection = new Connection(UUID.randomUUID().toString(), sessions.hub(), outlet);
        outlet.serve(connection);
        response.closeHandler(closed -> sessions.closed(connection));
        response.endHandler(ended -> sessions.closed(connection));
        response.exceptionHandler(broken -> sessions.closed(connection));
        sessions.opened(connection);
        response.write("retry: 2000\n\n").onFailure(gone -> outlet.cut());
        sessions.welcome(connection, who);
        requests.forEach(request -> subscribe(connection, request));
    }

    private void subscribe(Connection connection, SubscribeRequest request) {
        try {
            transports.subscriber().subscribe(connection, request, null);
        } catch (MillraceException refused) {
            connection.error(request.stream(), null, refused);
        }
    }

    private static List<SubscribeRequest> requests(RoutingContext ctx) {
        List<String> streams =
                ctx.request().params().getAll("stream").stream().distinct().toList();
        if (streams.isEmpty()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "name a stream: /api/sse?stream=orders");
        }
        String last = ctx.request().getHeader("Last-Event-ID");
        Positions after = Positions.parse(last != null ? last : ctx.request().getParam("after"), streams);
        List<SubscribeRequest> requests = new ArrayList<>(streams.size());
        for (String stream : streams) {
            requests.add(QueryRequest.of(ctx.request()::getParam, stream, after.of(stream)));
        }
        return requests;
    }
}
