package io.millrace.broadcast;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Node;
import io.millrace.platform.Principal;
import io.millrace.platform.Problems;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/ws}: who may open a WebSocket, and the sockets that are open on one event loop of the front. */
final class BroadcastRoutes {
    private static final String BEARER_PROTOCOL = "bearer.";
    private static final int CHECK_MS = 1_000;
    private static final int RETREAT_MS = 3_000;

    private final Node node;
    private final BroadcastSettings settings;
    private final Hub hub;
    private final Doors doors;
    private final Map<Connection, Protocol> open = new HashMap<>();

    BroadcastRoutes(Node node, BroadcastSettings settings, Hub hub, Doors doors) {
        this.node = node;
        this.settings = settings;
        this.hub = hub;
        this.doors = doors;
        node.vertx().setPeriodic(CHECK_MS, timer -> check());
        node.health().onDrain(() -> hub.context().runOnContext(draining -> retreat()));
    }

    void mount(Router router) {
        router.get("/api/ws").handler(this::upgrade);
    }

    private void upgrade(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        MillraceException refusal = refusal(request);
        if (refusal != null) {
            Problems.answer(ctx, refusal);
            return;
        }
        // Until it is known who this is, nothing is read from the socket.
        request.pause();
        String token = protocolToken(request);
        String header = request.getHeader(HttpHeaders.AUTHORIZATION);
        Future<Principal> principal =
                token != null ? node.tokens().verify(token) : node.tokens().ofHeader(header);
        principal
                .compose(who -> {
                    request.resume();
                    return request.toWebSocket().map(socket -> accept(ctx, socket, who));
                })
                .onFailure(error -> {
                    request.resume();
                    Problems.answer(ctx, error);
                });
    }

    private @Nullable MillraceException refusal(HttpServerRequest request) {
        if (!"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            return new MillraceException(Failure.BAD_MESSAGE, "this is a WebSocket: GET with Upgrade: websocket");
        }
        if (!allowedOrigin(request)) {
            return new MillraceException(
                    Failure.PERMISSION_DENIED, "pages of this origin may not connect; see http.origins");
        }
        if (node.health().isDraining()) {
            return new MillraceException(Failure.UNAVAILABLE, "this node is draining");
        }
        if (doors.connections() >= settings.connections()) {
            return new MillraceException(
                    Failure.OVERLOADED, "this node has its " + settings.connections() + " connections");
        }
        String address = request.remoteAddress().hostAddress();
        if (doors.attempt(address) > settings.attempts()) {
            return new MillraceException(
                    Failure.RATE_LIMITED, "more than " + settings.attempts() + " attempts to connect in a minute");
        }
        return null;
    }

    private boolean allowedOrigin(HttpServerRequest request) {
        String origin = request.getHeader(HttpHeaders.ORIGIN);
        List<String> allowed = settings.origins();
        if (origin == null || allowed.contains("*") || allowed.contains(origin)) {
            return true;
        }
        try {
            return String.valueOf(URI.create(origin).getRawAuthority())
                    .equalsIgnoreCase(request.getHeader(HttpHeaders.HOST));
        } catch (IllegalArgumentException notAUri) {
            return false;
        }
    }

    private static @Nullable String protocolToken(HttpServerRequest request) {
        String offered = request.getHeader("Sec-WebSocket-Protocol");
        if (offered == null) {
            return null;
        }
        for (String protocol : offered.split(",", 10)) {
            if (protocol.strip().startsWith(BEARER_PROTOCOL)) {
                return protocol.strip().substring(BEARER_PROTOCOL.length());
            }
        }
        return null;
    }

    private Connection accept(RoutingContext ctx, ServerWebSocket socket, Principal who) {
        var channel = ((ConnectionBase) ctx.request().connection()).channel();
        Connection connection = new Connection(UUID.randomUUID().toString(), socket, channel, hub, settings.buffer());
        Protocol protocol = new Protocol(node, settings, hub, doors, connection);
        doors.opened();
        open.put(connection, protocol);
        socket.textMessageHandler(protocol::receive);
        socket.binaryMessageHandler(
                binary -> connection.close(CloseCode.BAD_MESSAGE, Failure.BAD_MESSAGE, "messages are text"));
        socket.exceptionHandler(broken -> broken(connection, broken));
        socket.closeHandler(closed -> {
            if (open.remove(connection) != null) {
                doors.closed(connection);
                connection.closed();
            }
        });
        if (who.authenticated()) {
            protocol.welcome(who);
        }
        return connection;
    }

    /** What is too big was read by nobody, and after it nothing can be; anything else is a socket that is gone. */
    private static void broken(Connection connection, Throwable why) {
        boolean tooBig = why instanceof CorruptedWebSocketFrameException frame
                && frame.closeStatus().equals(WebSocketCloseStatus.MESSAGE_TOO_BIG);
        if (tooBig || why instanceof IllegalStateException) {
            connection.close(CloseCode.TOO_BIG, Failure.TOO_LARGE, "a message has at most 1 MiB");
        } else {
            connection.cut();
        }
    }

    private void retreat() {
        List.copyOf(open.keySet()).forEach(connection -> connection.retreat(RETREAT_MS));
    }

    private void check() {
        List.copyOf(open.values()).forEach(Protocol::check);
    }
}
