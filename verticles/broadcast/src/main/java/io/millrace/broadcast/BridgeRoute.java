package io.millrace.broadcast;

import io.millrace.broadcast.hub.CloseCode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.HttpFront;
import io.millrace.platform.Problems;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandler;
import io.vertx.ext.web.handler.sockjs.SockJSHandlerOptions;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import java.util.UUID;

/** {@code /eventbus/*}: SockJS, for the stock clients of the event-bus bridge. */
final class BridgeRoute {
    private final Transports transports;

    BridgeRoute(Transports transports) {
        this.transports = transports;
    }

    void mount(Router router) {
        SockJSHandlerOptions options = new SockJSHandlerOptions()
                .setInsertJSESSIONID(false)
                .setRegisterWriteHandler(false)
                .setHeartbeatInterval(transports.settings().heartbeat().toMillis())
                // They put what the client says into a script (ATTACKS 30).
                .addDisabledTransport("JSON_P")
                .addDisabledTransport("HTML_FILE");
        SockJSHandler handler = SockJSHandler.create(transports.node().vertx(), options);
        router.route("/eventbus/*").handler(this::admit);
        router.post("/eventbus/*").handler(BodyHandler.create(false).setBodyLimit(HttpFront.MAX_MESSAGE));
        router.route("/eventbus/*").subRouter(handler.socketHandler(this::open));
    }

    private void admit(RoutingContext ctx) {
        try {
            transports.admission().checkOrigin(ctx.request());
            // Its sockets are SockJS' own, and nothing bounds what they would inflate.
            Compression.refuse(((ConnectionBase) ctx.request().connection()).channel());
            ctx.next();
        } catch (MillraceException refused) {
            Problems.answer(ctx, refused);
        }
    }

    private void open(SockJSSocket socket) {
        try {
            transports.admission().check(socket.remoteAddress().hostAddress());
        } catch (MillraceException refused) {
            boolean tooOften = refused.failure() == Failure.RATE_LIMITED;
            socket.close((tooOften ? CloseCode.RATE_LIMITED : CloseCode.OVERLOADED).code(), refused.getMessage());
            return;
        }
        Sessions sessions = transports.sessions();
        BridgeOutlet outlet = new BridgeOutlet(socket, transports.settings().buffer());
        Connection connection = new Connection(UUID.randomUUID().toString(), sessions.hub(), outlet);
        outlet.serve(connection);
        sessions.opened(connection);
        BridgeProtocol protocol = new BridgeProtocol(transports, connection, outlet);
        socket.handler(message -> protocol.receive(message.toString()));
        socket.closeHandler(closed -> sessions.closed(connection));
        socket.exceptionHandler(broken -> sessions.closed(connection));
    }
}
