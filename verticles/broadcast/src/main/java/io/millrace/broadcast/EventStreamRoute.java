package io.millrace.broadcast;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.HttpFront;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * {@code GET /api/sse}: server-sent events. {@code POST} takes subscriptions as the WebSocket does, in its body: any number
 * of them, each with its own filter and position, where an address would be too long.
 */
final class EventStreamRoute {
    private final Transports transports;

    EventStreamRoute(Transports transports) {
        this.transports = transports;
    }

    void mount(Router router) {
        router.get("/api/sse").handler(this::admit);
        router.post("/api/sse")
                .handler(BodyHandler.create(false).setBodyLimit(HttpFront.MAX_MESSAGE))
                .handler(this::admit);
    }

    private void admit(RoutingContext ctx) {
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
        try {
            if (ctx.request().method().equals(HttpMethod.POST)) {
                JsonNode subscriptions = posted(ctx);
                // Its client finds the positions in the messages, and needs no id that holds all of them.
                Connection connection = begin(ctx, who, 1);
                subscriptions.forEach(one -> subscribe(connection, one));
            } else {
                List<SubscribeRequest> requests = requests(ctx);
                requests.forEach(request -> transports.subscriber().visibility(request.stream(), who));
                Connection connection = begin(ctx, who, requests.size());
                requests.forEach(request -> subscribe(connection, request));
            }
        } catch (MillraceException refused) {
            Problems.answer(ctx, refused);
        }
    }

    private Connection begin(RoutingContext ctx, Principal who, int streams) {
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
                streams,
                transports.settings().buffer());
        Connection connection = new Connection(UUID.randomUUID().toString(), sessions.hub(), outlet);
        outlet.serve(connection);
        response.closeHandler(closed -> sessions.closed(connection));
        response.endHandler(ended -> sessions.closed(connection));
        response.exceptionHandler(broken -> sessions.closed(connection));
        sessions.opened(connection);
        response.write("retry: 2000\n\n").onFailure(gone -> outlet.cut());
        sessions.welcome(connection, who);
        return connection;
    }

    /** What is refused of a posted list costs the others nothing. */
    private void subscribe(Connection connection, JsonNode posted) {
        try {
            subscribe(connection, SubscribeRequest.parse(posted));
        } catch (MillraceException refused) {
            connection.error(posted.path("stream").asText(null), null, refused);
        }
    }

    private void subscribe(Connection connection, SubscribeRequest request) {
        try {
            transports.subscriber().subscribe(connection, request, null);
        } catch (MillraceException refused) {
            connection.error(request.stream(), null, refused);
        }
    }

    /** {@code {"subscribe":[{"stream":"orders","after":"k3:17"},…]}}. */
    private static JsonNode posted(RoutingContext ctx) {
        JsonNode subscriptions = Texts.json(
                        "the body", Objects.requireNonNullElse(ctx.body().asString(), ""))
                .path("subscribe");
        if (!subscriptions.isArray() || subscriptions.isEmpty()) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "subscribe must be an array of subscriptions, each with its stream");
        }
        return subscriptions;
    }

    private static List<SubscribeRequest> requests(RoutingContext ctx) {
        List<String> streams =
                ctx.request().params().getAll("stream").stream().distinct().toList();
        if (streams.isEmpty()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "name a stream: /api/sse?stream=orders");
        }
        String last = ctx.request().getHeader("Last-Event-ID");
        Positions after = Positions.parse(
                last != null && !last.isEmpty() ? last : ctx.request().getParam("after"), streams);
        List<SubscribeRequest> requests = new ArrayList<>(streams.size());
        for (String stream : streams) {
            requests.add(QueryRequest.of(ctx.request()::getParam, stream, after.of(stream)));
        }
        return requests;
    }
}
