package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.outbound.BridgeFrameEncoder;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.websocket.WebSocketTransport;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The bridge on a WebSocket, with SockJS' frames or plain. Owned by its event loop. */
final class SockJsWebSocketTransport extends SockJsTransport {
    private static final byte[] OPEN = "o".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEARTBEAT = "h".getBytes(StandardCharsets.US_ASCII);

    private final WebSocketTransport socket;
    private final boolean sockJs;

    /**
     * Makes the transport and sends SockJS' open frame.
     *
     * @param sockJs whether messages are sent in SockJS' frames; else each is a WebSocket message
     */
    SockJsWebSocketTransport(WebSocketTransport socket, boolean sockJs) {
        this.socket = socket;
        this.sockJs = sockJs;
        control(OPEN);
    }

    private void control(byte[] frame) {
        if (sockJs) {
            socket.write(BridgeFrameEncoder.webSocketFrame(frame));
            socket.flush();
        }
    }

    @Override
    public void write(EncodedMessages messages) {
        if (messages.hasBridged()) {
            socket.write(sockJs ? messages.sockJsFrame() : messages.bridgeFrames());
        }
    }

    @Override
    void send(byte[] message) {
        List<byte[]> messages = List.of(message);
        socket.write(
                sockJs
                        ? BridgeFrameEncoder.webSocketFrame(
                                BridgeFrameEncoder.messageFrame(List.of(BridgeFrameEncoder.texts(messages))))
                        : BridgeFrameEncoder.webSocketFrames(messages));
        socket.flush();
    }

    @Override
    public void flush() {
        socket.flush();
    }

    @Override
    public boolean settle() {
        return socket.settle();
    }

    @Override
    public long unsent() {
        return socket.unsent();
    }

    @Override
    public void reset() {
        socket.reset();
    }

    @Override
    public boolean writable() {
        return socket.writable();
    }

    /** Clients answer a WebSocket's ping, but not SockJS' heartbeat. */
    @Override
    public boolean ping() {
        control(HEARTBEAT);
        return socket.ping();
    }

    @Override
    public void close(CloseCode code, String why) {
        control(BridgeFrameEncoder.closeFrame(code, why));
        socket.close(code, why);
    }

    @Override
    public void abort() {
        socket.abort();
    }
}
