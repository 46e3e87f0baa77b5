package io.millrace.broadcast.poll;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Subscription;
import io.millrace.broadcast.subscription.ClientJsonMessages;
import io.millrace.broadcast.subscription.QueryParameters;
import io.millrace.broadcast.subscription.SubscribeRequest;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Parameters;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.ResumePoint;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.core.http.HttpMethod;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /api/poll}: long polling, one stream a call. {@code POST} has the parameters in a body of JSON, where an
 * address would be too long.
 */
public final class LongPollRoute {
    /** Proxies close a silent request after 60 s, and the read after the wait takes time, too. */
    private static final int MAX_WAIT_SECONDS = 50;

    private static final int WAIT_SECONDS = 25;
    /** The time for a read when the client doesn't want to wait. */
    private static final int READ_MS = 200;

    private static final long NO_TIMER = -1;
    /** The largest {@code limit} that is accepted; the answer has at most {@link #MAX_EVENTS}. */
    private static final int MAX_LIMIT = 9_999;

    private static final int MAX_EVENTS = 1_000;
    private static final int EVENTS = 100;

    private final TransportContext transports;

    public LongPollRoute(TransportContext transports) {
        this.transports = transports;
    }

    public void mount(Router router) {
        router.get("/api/poll").putMetadata(HttpServerVerticle.ENDLESS, true).handler(this::poll);
        router.post("/api/poll")
                .handler(BodyHandler.create(false).setBodyLimit(HttpServerVerticle.MAX_MESSAGE))
                .handler(this::poll);
    }

    private void poll(RoutingContext ctx) {
        transports.admission().check(ctx.request());
        transports
                .admission()
                .countPoll(
                        ctx.request(), TransportContext.token(ctx.request()), () -> transports.principal(ctx.request()))
                .onSuccess(principal -> poll(ctx, principal))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private void poll(RoutingContext ctx, Principal principal) {
        if (ctx.response().closed()) {
            return;
        }
        try {
            Function<String, @Nullable String> asked = parameters(ctx);
            String stream = asked.apply("stream");
            if (stream == null) {
                throw new MillraceException(Failure.BAD_MESSAGE, "name a stream: /api/poll?stream=orders");
            }
            String after = asked.apply("after");
            SubscribeRequest request = QueryParameters.of(asked, stream, after);
            transports.subscriptions().requireVisible(stream, principal);
            if (request.state()) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "a poll has no state: read GET /api/entities, or follow another way");
            }
            int wait = (int) Parameters.wholeNumber("wait", asked.apply("wait"), WAIT_SECONDS, 0, MAX_WAIT_SECONDS);
            int limit = Math.max(1, number(asked, "limit", EVENTS, MAX_EVENTS));
            // What a token decides is the client's own.
            boolean shared =
                    !principal.authenticated() && ctx.request().method().equals(HttpMethod.GET);
            // The stream of a KPI has its present value alone; the beginning and a time aren't always the same
            // position.
            boolean closed = request.after() instanceof ResumePoint.Told
                    && transports.node().domains().namespaceOf(stream) != null;
            PollCaching caching =
                    new PollCaching(shared ? transports.settings().shared() : null, principal, stream, closed);
            begin(ctx, principal, request, wait, new LongPollTransport(ctx, after, limit, caching));
        } catch (MillraceException refused) {
            ProblemResponses.answer(ctx, refused);
        }
    }

    private void begin(
            RoutingContext ctx, Principal principal, SubscribeRequest request, int wait, LongPollTransport transport) {
        ConnectionRegistry connections = transports.connections();
        Connection connection = new Connection(UUID.randomUUID().toString(), connections.hub(), transport);
        long timer = request.after() == null
                ? NO_TIMER
                : transports
                        .node()
                        .vertx()
                        .setTimer(
                                Math.max(READ_MS, wait * 1_000L),
                                over -> expire(transport, connection, request.stream()));
        // One handler for both: it replaces any that the response had.
        ctx.addEndHandler(ended -> {
            transports.node().vertx().cancelTimer(timer);
            connections.closed(connection);
        });
        connections.opened(connection, transports.admission().address(ctx.request()));
        connections.welcome(connection, principal);
        try {
            transports.subscriptions().subscribe(connection, request, null);
        } catch (MillraceException refused) {
            connections.closed(connection);
            throw refused;
        }
    }

    /** Answers; but a subscription that sees a part of the stream first reads past what is hidden from it. */
    private void expire(LongPollTransport transport, Connection connection, String stream) {
        Subscription subscription = connection.subscription(stream);
        if (subscription != null
                && subscription.isCatchingUpHidden()
                && connection.age() < TimeUnit.SECONDS.toMillis(MAX_WAIT_SECONDS)) {
            transports.node().vertx().setTimer(READ_MS, over -> expire(transport, connection, stream));
        } else {
            transport.expire(connection, stream);
        }
    }

    private static Function<String, @Nullable String> parameters(RoutingContext ctx) {
        if (!ctx.request().method().equals(HttpMethod.POST)) {
            return ctx.request()::getParam;
        }
        JsonNode body = ClientJsonMessages.body(ctx);
        return name -> {
            JsonNode value = body.path(name);
            return value.isMissingNode() || value.isNull()
                    ? null
                    : value.isTextual() ? value.asText() : value.toString();
        };
    }

    private static int number(Function<String, @Nullable String> asked, String name, int fallback, int max) {
        return (int) Math.min(max, Parameters.wholeNumber(name, asked.apply(name), fallback, 0, MAX_LIMIT));
    }
}
