package io.millrace.broadcast;

import io.millrace.broadcast.hub.BridgeFrames;
import io.millrace.broadcast.hub.CloseCode;
import io.millrace.broadcast.hub.Parcel;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The bridge on a WebSocket, with SockJS' frames or plain. Owned by its event loop. */
final class BridgeSocketOutlet extends BridgeOutlet {
    private static final byte[] OPEN = "o".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEARTBEAT = "h".getBytes(StandardCharsets.US_ASCII);

    private final WebSocketOutlet socket;
    private final boolean sockJs;

    /**
     * @param sockJs whether messages travel in SockJS' frames; else each is a WebSocket message
     */
    BridgeSocketOutlet(WebSocketOutlet socket, boolean sockJs) {
        this.socket = socket;
        this.sockJs = sockJs;
        control(OPEN);
    }

    private void control(byte[] frame) {
        if (sockJs) {
            socket.write(BridgeFrames.webSocketFrame(frame));
            socket.flush();
        }
    }

    @Override
    public void write(Parcel parcel) {
        if (parcel.hasBridged()) {
            socket.write(sockJs ? parcel.sockJsFrame() : parcel.bridgeFrames());
        }
    }

    @Override
    void send(byte[] message) {
        List<byte[]> messages = List.of(message);
        socket.write(
                sockJs
                        ? BridgeFrames.webSocketFrame(BridgeFrames.messageFrame(List.of(BridgeFrames.texts(messages))))
                        : BridgeFrames.webSocketFrames(messages));
        socket.flush();
    }

    @Override
    public void flush() {
        socket.flush();
    }

    @Override
    public boolean writable() {
        return socket.writable();
    }

    /** SockJS' heartbeat is answered by no client, a WebSocket's ping by all. */
    @Override
    public boolean ping() {
        control(HEARTBEAT);
        return socket.ping();
    }

    @Override
    public void close(CloseCode code, String why) {
        control(BridgeFrames.closeFrame(code, why));
        socket.close(code, why);
    }

    @Override
    public void cut() {
        socket.cut();
    }
}
