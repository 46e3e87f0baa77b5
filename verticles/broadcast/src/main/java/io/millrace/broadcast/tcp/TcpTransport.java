package io.millrace.broadcast.tcp;

import io.millrace.broadcast.bridge.BridgeTransport;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.BridgeFrameEncoder;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.transport.SocketWriter;
import io.millrace.platform.http.UnsentBytes;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Writes frames of the TCP bridge to a socket. Its protocol has no close frame, so the last message is one of the type
 * {@code close}, with the close code of a WebSocket. Owned by its event loop.
 */
final class TcpTransport implements BridgeTransport {
    /** How long a client may take to close its side after everything was sent. */
    private static final int CLOSE_MS = 10_000;

    private static final int LEAVE_MS = 1_000;

    private static final byte[] PING = "{\"type\":\"ping\"}".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] PONG = "{\"type\":\"pong\"}".getBytes(StandardCharsets.US_ASCII);

    private final Channel channel;
    private final SocketWriter writer;
    private final TcpFrameDecoder decoder;

    /**
     * Makes the transport of a socket.
     *
     * @param buffer how many bytes may wait for the socket
     */
    TcpTransport(Channel channel, TcpFrameDecoder decoder, int buffer) {
        this.channel = channel;
        this.writer = new SocketWriter(channel, buffer);
        this.decoder = decoder;
    }

    /** Reports to the connection when the socket is full, and when it has room again. */
    void serve(Connection connection) {
        writer.reportTo(connection);
    }

    @Override
    public String name() {
        return "tcp";
    }

    @Override
    public void write(EncodedMessages messages) {
        writer.write(messages.tcpFrames());
    }

    private void send(byte[] message) {
        writer.write(BridgeFrameEncoder.tcpFrames(List.of(message)));
        writer.flush();
    }

    @Override
    public void reply(String address, JsonObject body) {
        send(new JsonObject()
                .put("type", "message")
                .put("address", address)
                .put("body", body)
                .toBuffer()
                .getBytes());
    }

    @Override
    public void refuse(String address, int status, String why) {
        send(BridgeFrameEncoder.error(address, status, why));
    }

    /** A client that doesn't read gets no more of them. */
    @Override
    public void pong() {
        if (writable()) {
            send(PONG);
        }
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
    public boolean writable() {
        return channel.isWritable();
    }

    /** Whatever a client sends is an answer. Most clients of the protocol send pings of their own and are never asked. */
    @Override
    public boolean ping() {
        send(PING);
        return true;
    }

    /**
     * Closes this side after everything was sent. A client that goes on sending would meet a reset, and lose what it has not
     * read yet: its bytes are read and dropped for a moment.
     */
    @Override
    public void close(CloseCode code, String why) {
        decoder.end();
        send(new JsonObject()
                .put("type", "close")
                .put("code", code.code())
                .put("message", why)
                .toBuffer()
                .getBytes());
        channel.config().setAutoRead(true);
        channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> shutDown());
        // A client that reads nothing never lets that be sent.
        var unused = channel.eventLoop().schedule(this::abort, CLOSE_MS, TimeUnit.MILLISECONDS);
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a channel that is gone needs no end
    private void shutDown() {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            tls.closeOutbound();
        } else if (channel instanceof DuplexChannel socket) {
            socket.shutdownOutput();
        }
        channel.eventLoop().schedule(this::abort, LEAVE_MS, TimeUnit.MILLISECONDS);
    }

    /** Closes at the pipeline's head: Vert.x' own close would first wait until the client has read everything. */
    @Override
    @SuppressWarnings("FutureReturnValueIgnored") // the close handler reports the close
    public void abort() {
        decoder.end();
        ChannelHandlerContext front = channel.pipeline().firstContext();
        if (front != null) {
            front.close();
        }
    }

    @Override
    public void reset() {
        decoder.end();
        UnsentBytes.discard(channel);
    }
}
