package io.millrace.broadcast;

import io.millrace.broadcast.hub.Feed;
import io.millrace.broadcast.hub.Hub;
import io.millrace.platform.HttpFront;
import io.millrace.platform.Node;
import io.vertx.core.Context;
import io.vertx.ext.web.Router;
import java.util.concurrent.ConcurrentMap;

/** Every way to listen, on one event loop of the front: one subscription core behind all of them. */
final class BroadcastRoutes {
    private final Transports transports;
    private final ConcurrentMap<String, SockJsSession> sockJs;

    BroadcastRoutes(
            Node node,
            BroadcastSettings settings,
            Context loop,
            Feed feed,
            Transports.Shared shared,
            ConcurrentMap<String, SockJsSession> sockJs) {
        this.sockJs = sockJs;
        Sessions sessions = new Sessions(node, settings, new Hub(loop, node, feed), shared);
        shared.whereabouts().add(sessions);
        this.transports = new Transports(
                node,
                settings,
                new Admission(node, settings, shared.doors()),
                sessions,
                new Subscriber(node.domains(), settings.subscriptions(), shared.doors(), shared.roster()),
                shared);
    }

    void mount(Router router) {
        router.get("/api/ws").putMetadata(HttpFront.ENDLESS, true).handler(new WebSocketRoute(transports)::upgrade);
        new EventStreamRoute(transports).mount(router);
        new PollRoute(transports).mount(router);
        router.post("/api/tickets").handler(new TicketRoute(transports)::issue);
        InfoRoutes info = new InfoRoutes(transports);
        router.get("/api/ws/info").handler(info::info);
        router.get("/api/ws/stats").handler(info::stats);
        new BridgeRoute(transports, sockJs).mount(router);
    }
}
