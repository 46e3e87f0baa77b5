package io.millrace.broadcast.websocket;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.transport.ConnectionRegistry;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.http.ProblemResponses;
import io.netty.channel.Channel;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** {@code GET /api/ws}: upgrades requests, and connects each socket to its session. */
public final class WebSocketRoute {
    private static final String BEARER_PROTOCOL = "bearer.";
    public static final String TOO_LARGE = "a message has at most 1 MiB";

    private static final String VERSION_HEADER = "Sec-WebSocket-Version";
    private static final String VERSION = "13";

    static final String EXTENSIONS = "Sec-WebSocket-Extensions";

    private final TransportContext transports;

    public WebSocketRoute(TransportContext transports) {
        this.transports = transports;
    }

    public void upgrade(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (!"websocket".equalsIgnoreCase(request.getHeader(HttpHeaders.UPGRADE))) {
            throw new MillraceException(Failure.BAD_MESSAGE, "this is a WebSocket: GET with Upgrade: websocket");
        }
        transports.admission().check(request);
        if (refusesHandshake(ctx)) {
            return;
        }
        // Until the client is authenticated, nothing is read from the socket.
        request.pause();
        transports
                .admission()
                .countAttempt(request, token(request), () -> principal(request))
                .compose(principal -> {
                    request.resume();
                    return request.toWebSocket().map(socket -> accept(ctx, socket, principal));
                })
                .onFailure(error -> {
                    request.resume();
                    ProblemResponses.answer(ctx, error);
                });
    }

    /** Answers a handshake without a key with 400, and one of another version with 426 (RFC 6455, 4.2.2); whether it did. */
    public static boolean refusesHandshake(RoutingContext ctx) {
        HttpServerRequest request = ctx.request();
        if (request.getHeader("Sec-WebSocket-Key") == null) {
            throw new MillraceException(Failure.BAD_MESSAGE, "Sec-WebSocket-Key is missing");
        }
        boolean other = !VERSION.equals(request.getHeader(VERSION_HEADER));
        if (other) {
            ctx.response().putHeader(VERSION_HEADER, VERSION);
            ProblemResponses.answer(ctx, 426, Failure.BAD_MESSAGE, VERSION_HEADER + " must be " + VERSION);
        }
        return other;
    }

    private static @Nullable String token(HttpServerRequest request) {
        String token = protocolToken(request);
        return token != null ? token : TransportContext.token(request);
    }

    private Future<Principal> principal(HttpServerRequest request) {
        String token = protocolToken(request);
        return token != null ? transports.node().tokens().verify(token) : transports.principal(request);
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

    private Connection accept(RoutingContext ctx, ServerWebSocket socket, Principal principal) {
        Channel channel = channel(ctx);
        boolean compressed =
                PerMessageDeflate.replaceExtension(channel, ctx.request().getHeader(EXTENSIONS));
        MessageFormat format = MessageFormat.of(socket.subProtocol());
        WebSocketTransport transport =
                new WebSocketTransport(socket, channel, transports.settings().buffer(), compressed, format);
        ConnectionRegistry connections = transports.connections();
        Connection connection = new Connection(UUID.randomUUID().toString(), connections.hub(), transport);
        transport.serve(connection);
        String address = transports.admission().address(ctx.request());
        WebSocketSession session = new WebSocketSession(transports, connection, socket, address);
        connections.opened(connection, address);
        listen(socket, connection, connections, session::receive);
        if (format == MessageFormat.CBOR) {
            socket.binaryMessageHandler(cbor -> session.receiveCbor(cbor.getBytes()));
        }
        if (principal.authenticated()) {
            session.welcome(principal, null);
        }
        return connection;
    }

    public static Channel channel(RoutingContext ctx) {
        return ((ConnectionBase) ctx.request().connection()).channel();
    }

    /** Passes the client's messages to {@code receive}, and reports the end of the socket to the registry. */
    public static void listen(
            ServerWebSocket socket, Connection connection, ConnectionRegistry connections, Handler<String> receive) {
        socket.textMessageHandler(receive);
        socket.binaryMessageHandler(
                binary -> connection.close(CloseCode.BAD_MESSAGE, Failure.BAD_MESSAGE, "messages are text"));
        socket.exceptionHandler(broken -> connection.abort());
        socket.closeHandler(closed -> connections.closed(connection));
    }
}
