package io.millrace.platform.tcp;

import io.millrace.platform.http.Networks;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.net.InetSocketAddress;

/**
 * Reads the header of the PROXY protocol (version 1 or 2), with which the connections of a proxy in
 * {@code http.proxy.protocol} must begin, and makes the client's address the address of the connection. Vert.x's own
 * reader would believe the header of any peer. A header that doesn't come is left to the timeouts of what follows it.
 *
 * <p>Owned by its connection's event loop.
 */
public final class ProxyHeader extends ChannelInboundHandlerAdapter {
    /** The largest number of bytes of what version 2 may add to the addresses. */
    private static final int MAX_ADDITIONS = 2_048;

    /** The event in the pipeline when the header was read: from now on the connection's address is the client's. */
    public static final Object READ = new Object();

    private final Runnable onRefused;
    /** The decoder may fail again when the connection ends. */
    private boolean refused;

    private ProxyHeader(Runnable onRefused) {
        this.onRefused = onRefused;
    }

    /**
     * Makes a connection begin with a header if its peer is one of these proxies.
     *
     * @param onRefused called once if something else comes first; the connection is closed
     */
    public static void expect(Channel connection, Networks proxies, Runnable onRefused) {
        if (isExpected(connection, proxies)) {
            connection.pipeline().addFirst(new HAProxyMessageDecoder(MAX_ADDITIONS), new ProxyHeader(onRefused));
        }
    }

    /** Whether a connection's peer is one of these proxies. */
    public static boolean isExpected(Channel connection, Networks proxies) {
        return connection.remoteAddress() instanceof InetSocketAddress peer
                && proxies.contains(peer.getAddress().getAddress());
    }

    /** Whether a connection's header has not been read yet. */
    public static boolean isPending(Channel connection) {
        return connection.pipeline().get(ProxyHeader.class) != null;
    }

    /** The address of a connection's client: that of its header, else its peer's. */
    public static SocketAddress client(Channel connection) {
        SocketAddress named =
                connection.attr(ConnectionBase.REMOTE_ADDRESS_OVERRIDE).get();
        return named == null ? SocketAddress.inetSocketAddress((InetSocketAddress) connection.remoteAddress()) : named;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        if (!(message instanceof HAProxyMessage header)) {
            super.channelRead(ctx, message);
            return;
        }
        try {
            if (apply(ctx.channel(), header)) {
                ctx.fireUserEventTriggered(READ);
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
            onRefused.run();
            var unused = ctx.close();
        }
    }
}
