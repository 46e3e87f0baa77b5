package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/** Reports to a connection when its socket is full, and when it has room again. Owned by its event loop. */
public final class SocketWritability extends ChannelInboundHandlerAdapter {
    private final Connection connection;

    public SocketWritability(Connection connection) {
        this.connection = connection;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
        if (ctx.channel().isWritable()) {
            connection.drained();
        } else {
            connection.full();
        }
        super.channelWritabilityChanged(ctx);
    }
}
