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
 * {@code GET /api/sse}: server-sent events. {@code POST} takes subscriptions in its body, as the WebSocket does: any number,
 * each with its own filter and position, where a URL would be too long.
 */
public final class SseRoute {
    /** The {@code retry} of a client whose response has ended. */
    private static final int RETRY_MS = 2_000;
    /** The {@code retry} of a client that was refused: up to twice that, so that not all clients come at once. */
    private static final int REFUSED_RETRY_MS = 5_000;

    private static final int REFUSED_TOGETHER = 50;

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
        transports
                .admission()
                .countAttempt(
                        ctx.request(),
                        TransportContext.token(ctx.request()),
                        () -> ticket == null
                                ? transports.principal(ctx.request())
                                : transports.tickets().redeem(ticket))
                .onSuccess(principal -> {
                    open(ctx, principal);
                    keep(ctx, ticket);
                })
                .onFailure(error -> refuse(ctx, error));
    }

    /** Keeps the ticket valid for a reconnect while the response that it opened lasts. */
    private void keep(RoutingContext ctx, @Nullable Ticket ticket) {
        if (ticket != null && !ctx.response().ended() && !ctx.response().closed()) {
            Vertx vertx = transports.node().vertx();
            long keeping = vertx.setPeriodic(
                    Tickets.LIFE.toMillis() / 2, lasts -> transports.tickets().keep(ticket));
            ctx.addEndHandler(over -> vertx.cancelTimer(keeping));
        }
    }

    private void open(RoutingContext ctx, Principal principal) {
        if (ctx.response().closed()) {
            // The client disconnected during its authentication.
            return;
        }
        try {
            if (ctx.request().method().equals(HttpMethod.POST)) {
                JsonNode subscriptions = posted(ctx);
                // The client keeps the positions of the messages, and needs no event id that holds all of them.
                Connection connection = begin(ctx, principal, 1);
                subscriptions.forEach(one -> subscribe(connection, one));
            } else {
                List<SubscribeRequest> requests = requests(ctx);
                requests.forEach(request -> transports.subscriptions().requireVisible(request.stream(), principal));
                Connection connection = begin(ctx, principal, requests.size());
                requests.forEach(request -> subscribe(connection, request));
            }
        } catch (MillraceException refused) {
            refuse(ctx, refused);
        }
    }

    private Connection begin(RoutingContext ctx, Principal principal, int streams) {
        HttpServerResponse response = begin(ctx.response());
        ConnectionRegistry connections = transports.connections();
        SseTransport transport = new SseTransport(ctx.request(), streams);
        Connection connection = new Connection(UUID.randomUUID().toString(), connections.hub(), transport);
        transport.serve(connection, transports.settings().buffer());
        response.exceptionHandler(broken -> connections.closed(connection));
        ctx.addEndHandler(over -> connections.closed(connection));
        response.write("retry: " + RETRY_MS + "\n\n").onFailure(gone -> transport.abort());
        connections.opened(connection, transports.admission().address(ctx.request()));
        connections.welcome(connection, principal);
        return connection;
    }

    private static HttpServerResponse begin(HttpServerResponse response) {
        return response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                // A proxy that compresses would hold events back.
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache, no-transform")
                // Tells nginx not to buffer the response.
                .putHeader("X-Accel-Buffering", "no");
    }

    /**
     * Any status but 200 is final for a browser's {@code EventSource}. If the same request may succeed later, the response is
     * a 200 with {@code retry} and an event {@code problem}, and ends.
     */
    private static void refuse(RoutingContext ctx, Throwable error) {
        MillraceException refused = MillraceException.of(error);
        String accepted = ctx.request().getHeader(HttpHeaders.ACCEPT);
        if (!refused.failure().retryable() || accepted == null || !accepted.contains("text/event-stream")) {
            ProblemResponses.answer(ctx, error);
            return;
        }
        int retryMs = (int) Math.max(REFUSED_RETRY_MS, refused.retryAfterMillis())
                + ThreadLocalRandom.current().nextInt(REFUSED_RETRY_MS);
        JsonObject problem = new JsonObject()
                .put("type", "error")
                .put("code", refused.failure().code())
                .put("message", refused.getMessage())
                .put("timestamp", Instant.now().toString())
                .put("retryAfter", retryMs);
        begin(ctx.response())
                .end("retry: " + retryMs + "\nevent: problem\ndata: " + problem.encode() + "\n\n")
                .onFailure(gone -> {});
    }

    /** A refused subscription of a posted list doesn't affect the others. */
    private void subscribe(Connection connection, JsonNode posted) {
        try {
            subscribe(connection, SubscribeRequest.parse(posted));
        } catch (MillraceException refused) {
            connection.error(posted.path("stream").asText(null), null, refused);
        }
    }

    private void subscribe(Connection connection, SubscribeRequest request) {
        try {
            transports.subscriptions().subscribe(connection, request, null);
        } catch (MillraceException refused) {
            connection.error(request.stream(), null, refused);
        }
    }

    /** {@code {"subscribe":[{"stream":"orders","after":"k3:17"},…]}}. */
    private JsonNode posted(RoutingContext ctx) {
        JsonNode subscriptions = ClientJsonMessages.body(ctx).path("subscribe");
        if (!subscriptions.isArray() || subscriptions.isEmpty()) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "subscribe must be an array of subscriptions, each with its stream");
        }
        // Each of those that are too many is refused by itself, as on a socket; but not any number of them.
        int most = transports.settings().subscriptions() + REFUSED_TOGETHER;
        if (subscriptions.size() > most) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    subscriptions.size() + " subscriptions in one request; at most " + most + " are read");
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
