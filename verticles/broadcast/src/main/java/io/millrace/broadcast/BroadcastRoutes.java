package io.millrace.broadcast;

import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.poll.LongPollRoute;
import io.millrace.broadcast.sockjs.SockJsRoute;
import io.millrace.broadcast.sockjs.SockJsSession;
import io.millrace.broadcast.sse.SseRoute;
import io.millrace.broadcast.transport.InfoRoutes;
import io.millrace.broadcast.transport.TicketRoute;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.broadcast.websocket.WebSocketRoute;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.vertx.ext.web.Router;
import java.util.concurrent.ConcurrentMap;

/** The routes of all transports on one event loop of the HTTP server, with one {@link Hub} behind them. */
final class BroadcastRoutes {
    private final TransportContext transports;
    private final ConcurrentMap<String, SockJsSession> sockJs;

    BroadcastRoutes(TransportContext transports, ConcurrentMap<String, SockJsSession> sockJs) {
        this.transports = transports;
        this.sockJs = sockJs;
    }

    void mount(Router router) {
        router.get("/api/ws")
                .putMetadata(HttpServerVerticle.ENDLESS, true)
                .handler(new WebSocketRoute(transports)::upgrade);
        new SseRoute(transports).mount(router);
        new LongPollRoute(transports).mount(router);
        router.post("/api/tickets").handler(new TicketRoute(transports)::issue);
        InfoRoutes info = new InfoRoutes(transports);
        router.get("/api/ws/info").handler(info::info);
        router.get("/api/ws/stats").handler(info::stats);
        new SockJsRoute(transports, sockJs).mount(router);
    }
}
