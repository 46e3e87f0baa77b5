package io.millrace.broadcast.websocket;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;

/**
 * A WebSocket's way out: shared frames straight to its channel, past Vert.x, whose own writes take a flush each. Owned by
 * its event loop.
 */
public final class WebSocketTransport implements ClientTransport {
    private static final int MAX_REASON = 123;
    /** Vert.x' name for what closes a connection on which nothing moves. */
    private static final String IDLE = "idle";

    private final ServerWebSocket socket;
    private final Channel channel;
    private final boolean compressed;

    /**
     * @param buffer bytes that may wait for the socket
     * @param compressed whether the client takes compressed frames
     */
    public WebSocketTransport(ServerWebSocket socket, Channel channel, int buffer, boolean compressed) {
        this.socket = socket;
        this.channel = channel;
        this.compressed = compressed;
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(buffer / 2, buffer));
        // The heartbeat ends what is silent; this would give each write a promise and a listener.
        if (channel.pipeline().get(IDLE) != null) {
            channel.pipeline().remove(IDLE);
        }
    }

    /** From now on the connection is told when the socket is full and when it isn't any more, and of signs of life. */
    public void serve(Connection connection) {
        // Vert.x tells its own writes' backpressure; these bytes go past it, so the channel is asked itself.
        channel.pipeline().addFirst("millrace-writability", new Writability(connection));
        socket.pongHandler(pong -> connection.touch());
    }

    @Override
    public String name() {
        return "websocket";
    }

    @Override
    public void write(EncodedMessages messages) {
        write(messages.webSocketFrame(compressed));
    }

    /** Frames as they go over the wire. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise tells nothing; a broken socket is closed
    public void write(ByteBuf frames) {
        channel.write(frames, channel.voidPromise());
    }

    @Override
    public void flush() {
        channel.flush();
    }

    @Override
    public boolean writable() {
        return channel.isWritable();
    }

    @Override
    public boolean ping() {
        Future<Void> asked = socket.writePing(Buffer.buffer("millrace"));
        asked.onFailure(gone -> abort());
        return true;
    }

    @Override
    public void close(CloseCode code, String why) {
        // A close frame has room for 123 bytes; the error message has said it whole.
        boolean fits = why.getBytes(StandardCharsets.UTF_8).length <= MAX_REASON;
        socket.close(code.code(), fits ? why : why.substring(0, MAX_REASON / 3)).onFailure(gone -> abort());
    }

    /** From the pipeline's front: Vert.x, asked itself, would first wait until a close frame of its own is read. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // that the socket is closed is told by its close handler
    public void abort() {
        ChannelHandlerContext front = channel.pipeline().firstContext();
        if (front != null) {
            front.close();
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
