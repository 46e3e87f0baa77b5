package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.bridge.BridgeSession;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.BridgeFrameEncoder;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.transport.ResponseFlow;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.broadcast.websocket.WebSocketRoute;
import io.millrace.contracts.failure.Failure;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A SockJS session over HTTP. Messages wait here for a response that carries them; no more than a socket's buffer may hold. Owned by its hub's event loop.
 */
public final class SockJsSession extends SockJsTransport {
    /** A client without a response for this time is gone. */
    private static final int ABSENCE_MS = 5_000;

    private static final long NO_TIMER = -1;
    private static final byte[] OPEN = "o".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] HEARTBEAT = "h".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] STILL_OPEN =
            "c[2010,\"Another connection still open\"]".getBytes(StandardCharsets.US_ASCII);

    private final TransportContext transports;
    private final String id;
    private final String address;
    private final ConcurrentMap<String, SockJsSession> open;
    private final Connection connection;
    private final BridgeSession bridge;
    private final ResponseFlow flow;
    private List<byte[]> texts = new ArrayList<>();
    private int textBytes;
    /** The response for the next frame; null until the client opens one. */
    private @Nullable SockJsResponse response;

    private @Nullable SockJsResponse latest;
    /** How many frames of a response its client's socket has not taken; a response that has ended may have some, too. */
    private final Map<SockJsResponse, Integer> untaken = new HashMap<>();

    private byte @Nullable [] closeFrame;
    private boolean opened;
    private long absenceTimer = NO_TIMER;

    /**
     * Makes a session that is not open yet.
     *
     * @param id the id that the client chose
     * @param open the open sessions by id, from which this session removes itself when it ends
     * @param address the client's, as {@code AdmissionControl} tells it
     */
    SockJsSession(TransportContext transports, String id, ConcurrentMap<String, SockJsSession> open, String address) {
        this.transports = transports;
        this.id = id;
        this.address = address;
        this.open = open;
        this.connection = new Connection(
                UUID.randomUUID().toString(), transports.connections().hub(), this);
        this.bridge = new BridgeSession(transports, connection, this, address);
        this.flow = new ResponseFlow(connection, transports.settings().buffer());
    }

    /** Registers the session's connection. */
    void open() {
        transports.connections().opened(connection, address);
    }

    /** The event loop that owns the session. */
    Context context() {
        return connection.hub().context();
    }

    /** Takes a response for the next frames. */
    void attach(SockJsResponse next) {
        byte[] last = closeFrame;
        if (last != null) {
            // The next response brings the close, if this one has room for one frame alone.
            if (!texts.isEmpty()) {
                write(next, takeTexts());
            }
            if (next.isSpent()) {
                startAbsenceTimer(ABSENCE_MS);
            } else {
                write(next, last);
            }
            next.end();
        } else if (response != null) {
            write(next, STILL_OPEN);
            next.end();
        } else {
            transports.node().vertx().cancelTimer(absenceTimer);
            response = next;
            latest = next;
            if (!opened) {
                opened = true;
                frame(OPEN);
            }
            flush();
        }
    }

    /** A response broke. What it carried may be lost, so the session ends. */
    void lost(SockJsResponse gone) {
        if (response == gone) {
            end();
        }
    }

    /** Whether the session still reads its client's messages. */
    boolean isOpen() {
        return closeFrame == null;
    }

    void receive(List<String> messages) {
        for (String message : messages) {
            if (isOpen()) {
                bridge.receive(message);
            }
        }
    }

    /** Closes the session because a message of its client was too large. */
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
        add(BridgeFrameEncoder.texts(List.of(message)));
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
        int bytes = textBytes;
        frame(takeTexts());
        flow.remove(bytes);
    }

    private byte[] takeTexts() {
        byte[] frame = BridgeFrameEncoder.messageFrame(texts);
        texts = new ArrayList<>();
        textBytes = 0;
        return frame;
    }

    private void dropTexts() {
        int bytes = textBytes;
        texts = new ArrayList<>();
        textBytes = 0;
        flow.remove(bytes);
    }

    /** Of what the client has not polled for, only the last error is kept, which says why the session was closed. */
    private void dropAllButTheError(CloseCode code) {
        List<byte[]> error =
                texts.isEmpty() || code == CloseCode.DRAINING ? List.of() : List.of(texts.get(texts.size() - 1));
        dropTexts();
        texts.addAll(error);
    }

    private void frame(byte[] frame) {
        SockJsResponse now = response;
        if (now == null) {
            return;
        }
        Future<Void> taken = write(now, frame);
        if (now.isSpent()) {
            now.end();
            response = null;
            taken.onComplete(read -> context().runOnContext(turn -> startAbsenceTimer(ABSENCE_MS)));
        }
    }

    private Future<Void> write(SockJsResponse to, byte[] frame) {
        Future<Void> taken = to.write(frame);
        flow.add(frame.length, taken);
        untaken.merge(to, 1, Integer::sum);
        taken.onComplete(done -> context().runOnContext(turn -> {
            untaken.computeIfPresent(to, (same, frames) -> frames == 1 ? null : frames - 1);
            deregister();
        }));
        return taken;
    }

    /** A session that is closed stays registered until its client has what was written: its token may be revoked before. */
    private void deregister() {
        if (!isOpen() && untaken.isEmpty()) {
            transports.connections().closed(connection);
        }
    }

    /** The responses that something may still be sent on. */
    private Set<SockJsResponse> unfinished() {
        Set<SockJsResponse> all = new HashSet<>(untaken.keySet());
        if (response != null) {
            all.add(response);
        }
        return all;
    }

    /** Ends the session if the client opens no response within this time. */
    private void startAbsenceTimer(int ms) {
        transports.node().vertx().cancelTimer(absenceTimer);
        if (response == null || !isOpen()) {
            absenceTimer = transports.node().vertx().setTimer(ms, gone -> end());
        }
    }

    @Override
    public boolean settle() {
        flush();
        // The client has not polled for these.
        dropTexts();
        return !flow.hasUnsent();
    }

    @Override
    public void reset() {
        unfinished().forEach(SockJsResponse::reset);
        if (isOpen()) {
            end();
        }
    }

    @Override
    public long unsent() {
        return flow.pending();
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

    /** Closes the session; a client that polls again within the absence time gets the close frame, too. */
    @Override
    public void close(CloseCode code, String why) {
        flush();
        dropAllButTheError(code);
        closeFrame = BridgeFrameEncoder.closeFrame(code, why);
        SockJsResponse now = response;
        if (now != null) {
            write(now, closeFrame);
            if (code == CloseCode.UNAUTHENTICATED) {
                now.endWithConnection();
            } else {
                now.end();
            }
        }
        deregister();
        startAbsenceTimer(ABSENCE_MS);
    }

    @Override
    public void abort() {
        unfinished().forEach(SockJsResponse::abort);
        if (isOpen()) {
            end();
        }
    }

    private void end() {
        transports.node().vertx().cancelTimer(absenceTimer);
        response = null;
        if (isOpen()) {
            // The client may open a response at this moment.
            closeFrame = BridgeFrameEncoder.closeFrame(CloseCode.HEARTBEAT_LOST, "no answer to a ping in time");
        }
        dropTexts();
        open.remove(id, this);
        deregister();
    }
}
