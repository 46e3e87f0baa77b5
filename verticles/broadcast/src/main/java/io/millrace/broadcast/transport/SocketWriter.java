package io.millrace.broadcast.transport;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;

/**
 * Writes encoded frames to a client's socket. No handler of the connection's pipeline has anything to do with them, except
 * TLS, and a walk past all of them for each write and each flush costs more than the rest of a delivery: without TLS there
 * is none. What Vert.x writes itself, as pings and closes, goes through the pipeline as ever, in the same order. Owned by
 * the connection's event loop.
 */
public final class SocketWriter {
    private final Channel channel;
    private final boolean direct;

    /** For a channel whose pipeline is complete. */
    public SocketWriter(Channel channel) {
        this.channel = channel;
        this.direct = channel.pipeline().get(SslHandler.class) == null;
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
}
