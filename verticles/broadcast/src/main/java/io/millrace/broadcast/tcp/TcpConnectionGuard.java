package io.millrace.broadcast.tcp;

import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.tcp.ProxyHeader;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts and limits the connections of the TCP bridge before anything is read from them, the handshake of TLS included, and
 * makes those of a proxy begin with the header of the PROXY protocol. Sits in the pipeline of the accepting channel. Safe
 * from any thread.
 */
@Sharable
final class TcpConnectionGuard extends ChannelInboundHandlerAdapter {
    private static final String NAME = "tcp-guard";

    private final AtomicInteger open = new AtomicInteger();
    private final HttpSettings settings;
    private final TcpRefusals refusals;

    private TcpConnectionGuard(HttpSettings settings, TcpRefusals refusals) {
        this.settings = settings;
        this.refusals = refusals;
    }

    /**
     * Guards the connections of a channel. Several servers on one port share it: the first one guards it. Until the channel's
     * own event loop has added the handler, connections would pass it by.
     *
     * @return completes when it is there: whether this is the first one
     */
    static Future<Boolean> install(Channel accepting, HttpSettings settings, TcpRefusals refusals) {
        Promise<Boolean> installed = Promise.promise();
        accepting.eventLoop().execute(() -> {
            boolean first = accepting.pipeline().get(NAME) == null;
            if (first) {
                accepting.pipeline().addFirst(NAME, new TcpConnectionGuard(settings, refusals));
            }
            installed.complete(first);
        });
        return installed.future();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) throws Exception {
        if (accepted instanceof Channel connection) {
            if (open.incrementAndGet() > settings.maxConnections()) {
                open.decrementAndGet();
                refusals.count(TcpRefusals.Reason.FULL);
                connection.unsafe().closeForcibly();
                return;
            }
            connection.closeFuture().addListener(closed -> open.decrementAndGet());
            ProxyHeader.expect(
                    connection, settings.proxyProtocol(), () -> refusals.count(TcpRefusals.Reason.PROXY_HEADER));
        }
        super.channelRead(ctx, accepted);
    }
}
