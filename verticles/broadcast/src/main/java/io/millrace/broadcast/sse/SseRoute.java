package io.millrace.broadcast.sse;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.broadcast.subscription.QueryParameters;
import io.millrace.broadcast.subscription.StreamPositions;
import io.millrace.broadcast.subscription.SubscribeRequest;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.Tickets;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.connection.Ticket;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/sse}: server-sent events. {@code POST} takes subscriptions as the WebSocket does, in its body: any number
 * of them, each with its own filter and position, where an address would be too long.
 */
public final class SseRoute {
    /** When a client comes back whose response has ended. */
    private static final int AGAIN_MS = 2_000;
    /** When a client comes back that was refused: up to twice that, so that not all come at once. */
    private static final int REFUSED_AGAIN_MS = 5_000;

    private final TransportContext transports;

    public SseRoute(TransportContext transports) {
        this.transports = transports;
    }

    public void mount(Router router) {
        router.get("/api/sse").putMetadata(HttpServerVerticle.ENDLESS, true).handler(this::admit);
        router.post("/api/sse")
                .handler(BodyHandler.create(false).setBodyLimit(HttpServerVerticle.MAX_MESSAGE))
                .handler(this::admit);
    }

    private void admit(RoutingContext ctx) {
        try {
            transports.admission().check(ctx.request());
        } catch (MillraceException refused) {
            refuse(ctx, refused);
            return;
        }
        String text = ctx.request().getParam("ticket");
        Ticket ticket = text == null ? null : new Ticket(text, true);
        (ticket == null
                        ? transports.principal(ctx.request())
                        : transports.tickets().redeem(ticket))
                .map(who -> transports.admission().connects(ctx.request(), who))
                .onSuccess(who -> {
                    open(ctx, who);
                    keep(ctx, ticket);
                })
                .onFailure(error -> refuse(ctx, error));
    }

    /** A ticket opens the response again that it has opened, while that lasts and a while after. */
    private void keep(RoutingContext ctx, @Nullable Ticket ticket) {
        if (ticket != null && !ctx.response().ended() && !ctx.response().closed()) {
            Vertx vertx = transports.node().vertx();
            long keeping = vertx.setPeriodic(
                    Tickets.LIFE.toMillis() / 2, lasts -> transports.tickets().keep(ticket));
            ctx.addEndHandler(over -> vertx.cancelTimer(keeping));
        }
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
            refuse(ctx, refused);
        }
    }

    private Connection begin(RoutingContext ctx, Principal who, int streams) {
        HttpServerResponse response = begin(ctx.response());
        ConnectionRegistry sessions = transports.sessions();
        SseTransport outlet = new SseTransport(ctx.request(), streams);
        Connection connection = new Connection(UUID.randomUUID().toString(), sessions.hub(), outlet);
        outlet.serve(connection, transports.settings().buffer());
        response.exceptionHandler(broken -> sessions.closed(connection));
        ctx.addEndHandler(over -> sessions.closed(connection));
        sessions.opened(connection);
        response.write("retry: " + AGAIN_MS + "\n\n").onFailure(gone -> outlet.abort());
        sessions.welcome(connection, who);
        return connection;
    }

    private static HttpServerResponse begin(HttpServerResponse response) {
        return response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                // A proxy that compresses holds back what is to be compressed.
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                // Asks nginx not to hold it back.
                .putHeader("X-Accel-Buffering", "no");
    }

    /**
     * Any status but 200 is final for a browser's {@code EventSource}. Where the same request may succeed later it is told
     * so by an event, when to come back by {@code retry}, and then the response ends.
     */
    private static void refuse(RoutingContext ctx, Throwable error) {
        MillraceException refused = MillraceException.of(error);
        String accepted = ctx.request().getHeader(HttpHeaders.ACCEPT);
        if (!refused.failure().retryable() || accepted == null || !accepted.contains("text/event-stream")) {
            ProblemResponses.answer(ctx, error);
            return;
        }
        int againMs = (int) Math.max(REFUSED_AGAIN_MS, refused.retryAfterMillis())
                + ThreadLocalRandom.current().nextInt(REFUSED_AGAIN_MS);
        JsonObject problem = new JsonObject()
                .put("type", "error")
                .put("code", refused.failure().code())
                .put("message", refused.getMessage())
                .put("timestamp", Instant.now().toString())
                .put("retryAfter", againMs);
        begin(ctx.response())
                .end("retry: " + againMs + "\nevent: problem\ndata: " + problem.encode() + "\n\n")
                .onFailure(gone -> {});
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
        JsonNode subscriptions = ClientJsonMessages.body(ctx).path("subscribe");
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
        StreamPositions after = StreamPositions.parse(
                last != null && !last.isEmpty() ? last : ctx.request().getParam("after"), streams);
        List<SubscribeRequest> requests = new ArrayList<>(streams.size());
        for (String stream : streams) {
            requests.add(QueryParameters.of(ctx.request()::getParam, stream, after.of(stream)));
        }
        return requests;
    }
}
