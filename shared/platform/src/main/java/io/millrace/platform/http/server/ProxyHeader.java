package io.millrace.platform.http.server;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Reads the header of the PROXY protocol (version 1 or 2), with which the connections of a proxy in
 * {@code http.proxy.protocol} must begin, and makes the client's address the address of the connection. Vert.x's own
 * reader would believe the header of any peer. A header that doesn't come is left to the timeouts of what follows it:
 * the handshake of TLS, or {@link HeaderTimeout}.
 *
 * <p>Owned by its connection's event loop.
 */
final class ProxyHeader extends ChannelInboundHandlerAdapter {
    /** The largest number of bytes of what version 2 may add to the addresses. */
    private static final int MAX_ADDITIONS = 2_048;

    private final ServerConnectionLimit connections;
    /** The decoder may fail again when the connection ends. */
    private boolean refused;

    private ProxyHeader(ServerConnectionLimit connections) {
        this.connections = connections;
    }

    /** Makes a connection begin with a header. */
    static void expect(Channel connection, ServerConnectionLimit connections) {
        connection.pipeline().addFirst(new HAProxyMessageDecoder(MAX_ADDITIONS), new ProxyHeader(connections));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        if (!(message instanceof HAProxyMessage header)) {
            super.channelRead(ctx, message);
            return;
        }
        try {
            if (apply(ctx.channel(), header)) {
                ctx.pipeline().remove(this);
            } else {
                refuse(ctx);
            }
        } finally {
            header.release();
        }
    }

    /** Whether the header is of a kind that is accepted: TCP, or a connection of the proxy's own. */
    private static boolean apply(Channel connection, HAProxyMessage header) {
        HAProxyProxiedProtocol protocol = header.proxiedProtocol();
        if (protocol == HAProxyProxiedProtocol.UNKNOWN) {
            return true;
        }
        if (protocol != HAProxyProxiedProtocol.TCP4 && protocol != HAProxyProxiedProtocol.TCP6) {
            return false;
        }
        connection
                .attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE)
                .set(SocketAddress.inetSocketAddress(header.sourcePort(), header.sourceAddress()));
        return true;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable thrown) throws Exception {
        if (thrown instanceof DecoderException) {
            refuse(ctx);
        } else {
            super.exceptionCaught(ctx, thrown);
        }
    }

    private void refuse(ChannelHandlerContext ctx) {
        if (!refused) {
            refused = true;
            connections.refused(ServerConnectionLimit.Refusal.PROXY_HEADER);
            var unused = ctx.close();
        }
    }
}
