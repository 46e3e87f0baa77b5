package io.millrace.broadcast.websocket;

import io.millrace.broadcast.format.SentTypes;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.transport.SocketWriter;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.http.UnsentBytes;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Writes shared frames straight to a WebSocket's channel, past Vert.x, whose own writes take a flush each. Owned by
 * its event loop.
 */
public final class WebSocketTransport implements ClientTransport {
    private static final int MAX_REASON = 123;
    /** Vert.x' name for the handler that closes an idle connection. */
    private static final String IDLE = "idle";

    private final ServerWebSocket socket;
    private final Channel channel;
    private final SocketWriter writer;
    private final boolean compressed;
    private final MessageFormat format;
    private final @Nullable SentTypes sentTypes;

    /**
     * Makes the transport of a socket.
     *
     * @param buffer how many bytes may wait for the socket
     * @param compressed whether the client takes compressed frames
     * @param format the form that the client asked for
     */
    public WebSocketTransport(
            ServerWebSocket socket, Channel channel, int buffer, boolean compressed, MessageFormat format) {
        this.socket = socket;
        this.channel = channel;
        this.writer = new SocketWriter(channel, buffer);
        this.compressed = compressed;
        this.format = format;
        this.sentTypes = format == MessageFormat.JSON ? null : new SentTypes();
        // The heartbeat closes silent connections; the idle handler would give each write a promise and a listener.
        if (channel.pipeline().get(IDLE) != null) {
            channel.pipeline().remove(IDLE);
        }
    }

    /**
     * Reports to the connection when the socket is full, when it has room again, when the client answers a ping, and when a
     * frame of the client's is against the rules.
     */
    public void serve(Connection connection) {
        writer.reportTo(connection);
        socket.pongHandler(pong -> connection.touch());
        StrictFrameDecoder.install(channel, connection);
    }

    @Override
    public String name() {
        return "websocket";
    }

    @Override
    public @Nullable SentTypes sentTypes() {
        return sentTypes;
    }

    @Override
    public void write(EncodedMessages messages) {
        write(messages.webSocketFrame(format, compressed));
    }

    /** Writes encoded frames. */
    public void write(ByteBuf frames) {
        writer.write(frames);
    }

    @Override
    public void flush() {
        writer.flush();
    }

    @Override
    public boolean settle() {
        writer.flush();
        return !UnsentBytes.in(channel);
    }

    @Override
    public long unsent() {
        return UnsentBytes.of(channel);
    }

    @Override
    public void reset() {
        UnsentBytes.discard(channel);
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
        // A close frame has room for 123 bytes; the error message had the whole text.
        boolean fits = why.getBytes(StandardCharsets.UTF_8).length <= MAX_REASON;
        socket.close(code.code(), fits ? why : why.substring(0, MAX_REASON / 3)).onFailure(gone -> abort());
    }

    /** Closes at the pipeline's head: Vert.x' own close would first wait until the client has read a close frame. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the close handler reports the close
    public void abort() {
        ChannelHandlerContext front = channel.pipeline().firstContext();
        if (front != null) {
            front.close();
        }
    }
}
