package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.SockJsFrameEncoder;
import io.millrace.broadcast.transport.ResponseFlow;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.broadcast.websocket.WebSocketRoute;
import io.millrace.contracts.failure.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A SockJS session over HTTP: what is written waits here for a response that carries it, and only so much of it as a
 * socket's buffer may hold. Owned by its hub's event loop.
 */
public final class SockJsSession extends SockJsTransport {
    /** Without a response for so long, the client is gone. */
    private static final int ABSENCE_MS = 5_000;

    private static final long NO_TIMER = -1;
    private static final byte[] OPEN = "o".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEARTBEAT = "h".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STILL_OPEN =
            "c[2010,\"Another connection still open\"]".getBytes(StandardCharsets.US_ASCII);

    private final TransportContext transports;
    private final String id;
    private final ConcurrentMap<String, SockJsSession> open;
    private final Connection connection;
    private final BridgeSession protocol;
    private final ResponseFlow flow;
    private List<byte[]> texts = new ArrayList<>();
    private int textBytes;
    /** That carries what is next; null until the client asks for it. */
    private @Nullable SockJsResponse response;

    private @Nullable SockJsResponse latest;
    private byte @Nullable [] farewell;
    private boolean opened;
    private long absence = NO_TIMER;

    /**
     * @param id the client's name for it
     * @param open the open sessions by their names; it takes itself out when it ends
     */
    SockJsSession(TransportContext transports, String id, ConcurrentMap<String, SockJsSession> open) {
        this.transports = transports;
        this.id = id;
        this.open = open;
        this.connection = new Connection(
                UUID.randomUUID().toString(), transports.sessions().hub(), this);
        this.protocol = new BridgeSession(transports, connection, this);
        this.flow = new ResponseFlow(connection, transports.settings().buffer());
    }

    /** It is one of the open connections from now on. */
    void open() {
        transports.sessions().opened(connection);
    }

    /** Where all else is called. */
    Context context() {
        return connection.hub().context();
    }

    /** A response that may carry what is next. */
    void attach(SockJsResponse next) {
        byte[] last = farewell;
        if (last != null) {
            next.write(last);
            next.end();
        } else if (response != null) {
            next.write(STILL_OPEN);
            next.end();
        } else {
            transports.node().vertx().cancelTimer(absence);
            response = next;
            latest = next;
            if (!opened) {
                opened = true;
                frame(OPEN);
            }
            flush();
        }
    }

    /** The client's end of a response is gone. What it carried may be lost, so the session ends. */
    void lost(SockJsResponse gone) {
        if (response == gone) {
            forget();
        }
    }

    /** Whether it reads what its client says. */
    boolean isOpen() {
        return farewell == null;
    }

    void receive(List<String> messages) {
        for (String message : messages) {
            if (isOpen()) {
                protocol.receive(message);
            }
        }
    }

    /** A message of its client was too large to be read. */
    void tooLarge() {
        connection.close(CloseCode.TOO_BIG, Failure.TOO_LARGE, WebSocketRoute.TOO_LARGE);
    }

    @Override
    public void write(EncodedMessages messages) {
        if (messages.hasBridged()) {
            add(messages.sockJsTexts());
        }
    }

    @Override
    void send(byte[] message) {
        add(SockJsFrameEncoder.texts(List.of(message)));
        flush();
    }

    private void add(byte[] text) {
        if (isOpen()) {
            texts.add(text);
            textBytes += text.length;
            flow.add(text.length);
        }
    }

    @Override
    public void flush() {
        if (response == null || texts.isEmpty()) {
            return;
        }
        List<byte[]> now = texts;
        int bytes = textBytes;
        texts = new ArrayList<>();
        textBytes = 0;
        frame(SockJsFrameEncoder.messageFrame(now));
        flow.remove(bytes);
    }

    private void frame(byte[] frame) {
        SockJsResponse now = response;
        if (now == null) {
            return;
        }
        Future<Void> taken = now.write(frame);
        flow.add(frame.length, taken);
        if (now.isSpent()) {
            now.end();
            response = null;
            taken.onComplete(read -> context().runOnContext(turn -> expectIn(ABSENCE_MS)));
        }
    }

    /** Who doesn't ask for what is next within that time has gone. */
    private void expectIn(int ms) {
        transports.node().vertx().cancelTimer(absence);
        if (response == null || !isOpen()) {
            absence = transports.node().vertx().setTimer(ms, gone -> forget());
        }
    }

    @Override
    public boolean writable() {
        return !flow.isFull();
    }

    @Override
    public boolean starved() {
        return latest != null && latest.starved();
    }

    @Override
    public boolean ping() {
        frame(HEARTBEAT);
        return false;
    }

    /** Who polls again within a while is told as well. */
    @Override
    public void close(CloseCode code, String why) {
        flush();
        farewell = SockJsFrameEncoder.closeFrame(code, why);
        SockJsResponse now = response;
        if (now != null) {
            now.write(farewell);
            now.end();
        }
        transports.sessions().closed(connection);
        expectIn(ABSENCE_MS);
    }

    @Override
    public void abort() {
        if (latest != null) {
            latest.abort();
        }
        if (isOpen()) {
            forget();
        }
    }

    private void forget() {
        transports.node().vertx().cancelTimer(absence);
        response = null;
        if (isOpen()) {
            // Its client may be asking at this moment.
            farewell = SockJsFrameEncoder.closeFrame(CloseCode.HEARTBEAT_LOST, "no sign of life");
        }
        open.remove(id, this);
        transports.sessions().closed(connection);
    }
}
