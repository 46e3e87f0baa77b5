package io.millrace.broadcast;

import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;

/** {@code GET /api/poll}: long polling, one stream a call. */
final class PollRoute {
    private static final int MAX_WAIT_SECONDS = 60;
    private static final int WAIT_SECONDS = 25;
    /** Who doesn't want to wait gets what can be read in that time. */
    private static final int READ_MS = 200;

    private static final long NO_TIMER = -1;
    private static final int MAX_EVENTS = 1_000;
    private static final int EVENTS = 100;

    private final Transports transports;

    PollRoute(Transports transports) {
        this.transports = transports;
    }

    void poll(RoutingContext ctx) {
        transports.admission().checkPoll(ctx.request());
        transports
                .principal(ctx.request())
                .onSuccess(who -> poll(ctx, who))
                .onFailure(error -> Problems.answer(ctx, error));
    }

    private void poll(RoutingContext ctx, Principal who) {
        if (ctx.response().closed()) {
            return;
        }
        try {
            String stream = ctx.request().getParam("stream");
            if (stream == null) {
                throw new MillraceException(Failure.BAD_MESSAGE, "name a stream: /api/poll?stream=orders");
            }
            String after = ctx.request().getParam("after");
            SubscribeRequest request = QueryRequest.of(ctx.request()::getParam, stream, after);
            if (request.state()) {
                throw new MillraceException(
                        Failure.BAD_MESSAGE, "a poll has no state: read GET /api/entities, or follow another way");
            }
            int wait = number(ctx, "wait", WAIT_SECONDS, MAX_WAIT_SECONDS);
            int limit = Math.max(1, number(ctx, "limit", EVENTS, MAX_EVENTS));
            begin(ctx, who, request, wait, new PollOutlet(ctx, after, limit));
        } catch (MillraceException refused) {
            Problems.answer(ctx, refused);
        }
    }

    private void begin(RoutingContext ctx, Principal who, SubscribeRequest request, int wait, PollOutlet outlet) {
        Sessions sessions = transports.sessions();
        Connection connection = new Connection(UUID.randomUUID().toString(), sessions.hub(), outlet);
        sessions.opened(connection);
        long timer = request.after() == null
                ? NO_TIMER
                : transports
                        .node()
                        .vertx()
                        .setTimer(
                                Math.max(READ_MS, wait * 1_000L), over -> outlet.expire(connection, request.stream()));
        // One handler for both: it takes the place of any that the response had.
        ctx.addEndHandler(ended -> {
            transports.node().vertx().cancelTimer(timer);
            sessions.closed(connection);
        });
        sessions.welcome(connection, who);
        try {
            transports.subscriber().subscribe(connection, request, null);
        } catch (MillraceException refused) {
            sessions.closed(connection);
            throw refused;
        }
    }

    private static int number(RoutingContext ctx, String name, int fallback, int most) {
        String text = ctx.request().getParam(name);
        if (text == null) {
            return fallback;
        }
        if (!text.matches("\\d{1,4}")) {
            throw new MillraceException(Failure.BAD_MESSAGE, name + " must be a number, at most " + most);
        }
        return Math.min(most, Integer.parseInt(text));
    }
}
