package io.millrace.broadcast.tcp;

import io.millrace.broadcast.bridge.BridgeSession;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.broadcast.websocket.WebSocketRoute;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.TrustedProxies;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.tcp.ProxyHeader;
import io.netty.channel.Channel;
import io.vertx.core.Vertx;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.SocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * The sockets of one event loop: admits each as the other transports admit theirs, and connects it to its session. Owned by
 * that event loop.
 */
final class TcpClients {
    private final Vertx vertx;
    private final TransportContext transports;
    private final HttpSettings settings;
    private final TcpRefusals refusals;
    private final Map<Connection, TcpFrameDecoder> decoders = new LinkedHashMap<>();

    TcpClients(Vertx vertx, TransportContext transports, HttpSettings settings, TcpRefusals refusals) {
        this.vertx = vertx;
        this.transports = transports;
        this.settings = settings;
        this.refusals = refusals;
    }

    /** A socket was opened; with TLS its handshake is done. */
    void accept(NetSocketInternal socket) {
        Channel channel = socket.channelHandlerContext().channel();
        socket.exceptionHandler(broken -> {});
        if (!ProxyHeader.isPending(channel)) {
            admit(socket, channel);
            return;
        }
        long timer = vertx.setTimer(settings.readTimeout().toMillis(), late -> {
            refusals.count(TcpRefusals.Reason.PROXY_HEADER);
            socket.close().onFailure(gone -> {});
        });
        socket.closeHandler(closed -> vertx.cancelTimer(timer));
        var unused = socket.eventHandler(event -> {
            if (event == ProxyHeader.READ) {
                vertx.cancelTimer(timer);
                admit(socket, channel);
            }
        });
    }

    private void admit(NetSocketInternal socket, Channel channel) {
        TcpFrameDecoder decoder = new TcpFrameDecoder(HttpServerVerticle.MAX_MESSAGE);
        channel.pipeline().addBefore("handler", "frames", decoder);
        TcpTransport transport =
                new TcpTransport(channel, decoder, transports.settings().buffer());
        String address = TrustedProxies.client(ProxyHeader.client(channel));
        try {
            check(ProxyHeader.client(channel), address);
        } catch (MillraceException refused) {
            var unused = socket.messageHandler(dropped -> {});
            transport.refuse("", refused.failure().status(), refused.failure().code() + " " + refused.getMessage());
            transport.close(code(refused.failure()), String.valueOf(refused.getMessage()));
            return;
        }
        serve(socket, transport, decoder, address);
    }

    private void check(SocketAddress client, String address) {
        try {
            settings.addresses().check(client);
        } catch (MillraceException denied) {
            refusals.count(TcpRefusals.Reason.ADDRESS);
            throw denied;
        }
        transports.admission().checkRoom();
        transports.admission().countAttempt(address);
    }

    private static CloseCode code(Failure failure) {
        return switch (failure) {
            case RATE_LIMITED -> CloseCode.RATE_LIMITED;
            case OVERLOADED -> CloseCode.OVERLOADED;
            case UNAVAILABLE -> CloseCode.DRAINING;
            default -> CloseCode.POLICY;
        };
    }

    private void serve(NetSocketInternal socket, TcpTransport transport, TcpFrameDecoder decoder, String address) {
        Connection connection = new Connection(
                UUID.randomUUID().toString(), transports.connections().hub(), transport);
        BridgeSession session = new BridgeSession(transports, connection, transport, address);
        transport.serve(connection);
        decoders.put(connection, decoder);
        var unused = socket.messageHandler(message -> {
            if (message instanceof byte[] utf8) {
                session.receive(utf8);
            } else {
                connection.close(CloseCode.TOO_BIG, Failure.TOO_LARGE, WebSocketRoute.TOO_LARGE);
            }
        });
        socket.exceptionHandler(broken -> connection.abort());
        socket.closeHandler(closed -> {
            decoders.remove(connection);
            transports.connections().closed(connection);
        });
        transports.connections().opened(connection, address);
    }

    /** Called about once a second: ends the connections whose message comes too slowly. */
    void check() {
        long nowMs = TcpFrameDecoder.nowMs();
        long patienceMs = settings.readTimeout().toMillis();
        for (Map.Entry<Connection, TcpFrameDecoder> each : List.copyOf(decoders.entrySet())) {
            if (each.getValue().isTooSlow(nowMs, patienceMs)) {
                refusals.count(TcpRefusals.Reason.SLOW_MESSAGE);
                each.getKey().close(CloseCode.POLICY, Failure.REQUEST_TIMEOUT, "the message came too slowly");
            }
        }
    }
}
