package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;

/**
 * Writes encoded frames to a client's socket, and tells its connection when the socket is full. No handler of the pipeline has
 * anything to do with the frames, except TLS, and a walk past all of them for each write and each flush costs more than
 * the rest of a delivery: without TLS there is none. What Vert.x writes itself, as pings and closes, goes through the
 * pipeline as ever, in the same order. Owned by the connection's event loop.
 */
public final class SocketWriter {
    private final Channel channel;
    private final boolean direct;

    /**
     * For a channel whose pipeline is complete.
     *
     * @param buffer how many bytes may wait for the socket
     */
    public SocketWriter(Channel channel, int buffer) {
        this.channel = channel;
        this.direct = channel.pipeline().get(SslHandler.class) == null;
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(buffer / 2, buffer));
    }

    /** Reports to the connection when the socket is full, and when it has room again: Vert.x does so of its own writes only. */
    public void reportTo(Connection connection) {
        channel.pipeline().addFirst("millrace-writability", new Writability(connection));
    }

    /** Writes frames, which the channel releases; {@link #flush} sends them. A broken socket is closed. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise has no result; a broken socket is closed
    public void write(ByteBuf frames) {
        if (direct) {
            channel.unsafe().write(frames, channel.voidPromise());
        } else {
            channel.write(frames, channel.voidPromise());
        }
    }

    public void flush() {
        if (direct) {
            channel.unsafe().flush();
        } else {
            channel.flush();
        }
    }

    private static final class Writability extends ChannelInboundHandlerAdapter {
        private final Connection connection;

        Writability(Connection connection) {
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
}
