package io.millrace.sources.gateway.socket;

import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientWebSocket;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.internal.http.ClientWebSocketInternal;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** One connection to a gateway, from its opening to its end. Belongs to one event loop. */
public final class GatewaySocket {
    /** Any code but 1000 and 1001, which would end the session. */
    private static final short RESUMABLE = 4000;

    private static final long HELLO_MS = 10_000;
    private static final long CLOSE_MS = 2_000;
    private static final long MIN_INTERVAL_MS = 100;
    private static final long MAX_INTERVAL_MS = TimeUnit.MINUTES.toMillis(10);

    private final Vertx vertx;
    private final ClientWebSocket socket;
    private final MessageReader reader;
    private final LongSupplier received;
    private final Consumer<GatewayFrame> dispatched;
    private final SendLimit limit = new SendLimit(System::nanoTime);
    private final Heartbeat heartbeat;
    private final Promise<Void> hello = Promise.promise();
    private final Promise<GatewayClose> ended = Promise.promise();
    private final Promise<Void> gone = Promise.promise();
    private final long helloTimer;
    /** Frames may come before the future of the connection completes. */
    private boolean opened;

    private @Nullable GatewayClose ending;
    private boolean paused;

    /**
     * @param received the last sequence that came, 0 for none: heartbeats tell it
     * @param dispatched called with each dispatch
     */
    GatewaySocket(
            Vertx vertx,
            ClientWebSocket socket,
            MessageReader reader,
            LongSupplier received,
            Consumer<GatewayFrame> dispatched) {
        this.vertx = vertx;
        this.socket = socket;
        this.reader = reader;
        this.received = received;
        this.dispatched = dispatched;
        this.heartbeat = new Heartbeat(vertx, () -> beat(true), why -> end(GatewayClose.resume(why)));
        this.helloTimer =
                vertx.setTimer(HELLO_MS, fired -> end(GatewayClose.resume("the gateway didn't say hello in time")));
    }

    void connect(WebSocketConnectOptions address) {
        socket.frameHandler(this::frame);
        socket.closeHandler(closed -> {
            end(GatewayClose.of(socket.closeStatusCode(), socket.closeReason()));
            gone.tryComplete();
        });
        socket.exceptionHandler(error -> {
            if (error instanceof IOException || error.getCause() instanceof IOException) {
                // A reset, or TLS: nothing was read that can't be.
                end(GatewayClose.resume("the connection broke: " + error.getMessage()));
            } else if (!(error instanceof HttpClosedException)) {
                unreadable(String.valueOf(error.getMessage()));
            }
        });
        socket.connect(address).onComplete(done -> {
            if (done.failed()) {
                end(GatewayClose.resume(
                        "the gateway can't be reached: " + done.cause().getMessage()));
                gone.tryComplete();
                return;
            }
            opened = true;
            if (ending != null) {
                close();
            }
        });
    }

    /** Completes when the gateway has said hello; the heart beats from then on. */
    public Future<Void> hello() {
        return hello.future();
    }

    /** Completes when nothing more comes of this connection; never fails. */
    public Future<GatewayClose> ended() {
        return ended.future();
    }

    /** Completes when the connection is closed, after {@link #ended}. */
    public Future<Void> gone() {
        return gone.future();
    }

    private void frame(WebSocketFrame frame) {
        opened = true;
        if (ending != null) {
            return;
        }
        switch (frame.type()) {
            case CLOSE -> end(GatewayClose.of(frame.closeStatusCode(), frame.closeReason()));
            case TEXT, BINARY, CONTINUATION -> {
                try {
                    String text = reader.add(frame.binaryData(), frame.isFinal());
                    if (text != null) {
                        message(GatewayFrame.read(text));
                    }
                } catch (MillraceException unreadable) {
                    unreadable(String.valueOf(unreadable.getMessage()));
                }
            }
            default -> {}
        }
    }

    private void message(GatewayFrame frame) {
        switch (frame.op()) {
            case GatewayFrame.DISPATCH -> dispatched.accept(frame);
            case GatewayFrame.HEARTBEAT -> beat(false);
            case GatewayFrame.HEARTBEAT_ACK -> heartbeat.acknowledged();
            case GatewayFrame.HELLO -> hello(frame);
            case GatewayFrame.RECONNECT -> end(GatewayClose.resume("the gateway asked to connect again"));
            case GatewayFrame.INVALID_SESSION -> end(GatewayClose.invalid("true".equals(frame.d())));
            default -> {}
        }
    }

    private void hello(GatewayFrame frame) {
        long interval = frame.object().path("heartbeat_interval").asLong();
        if (interval < MIN_INTERVAL_MS || interval > MAX_INTERVAL_MS) {
            unreadable("the interval of heartbeats is " + interval + " ms");
            return;
        }
        vertx.cancelTimer(helloTimer);
        heartbeat.start(interval);
        hello.tryComplete();
    }

    private void beat(boolean needed) {
        long last = received.getAsLong();
        send(GatewayFrame.HEARTBEAT, last == 0 ? null : last, needed);
    }

    /** Identifies, or resumes. */
    public void send(int op, JsonObject payload) {
        send(op, payload, true);
    }

    private void send(int op, @Nullable Object payload, boolean needed) {
        if (ending == null && limit.allows(needed)) {
            socket.writeTextMessage(
                            new JsonObject().put("op", op).put("d", payload).encode())
                    .onFailure(error -> end(GatewayClose.resume("the connection broke: " + error.getMessage())));
        }
    }

    /** Reads nothing for now; the heart goes on beating. */
    public void pause() {
        if (!paused) {
            paused = true;
            socket.pause();
            heartbeat.pause();
        }
    }

    /** Reads again. */
    public void resume() {
        if (paused) {
            paused = false;
            heartbeat.resume();
            socket.resume();
        }
    }

    private void unreadable(String what) {
        end(GatewayClose.unreadable(what));
    }

    /** Ends it so that the session can be resumed. */
    public void end(String why) {
        end(GatewayClose.resume(why));
    }

    private void end(GatewayClose how) {
        if (ending != null) {
            return;
        }
        ending = how;
        vertx.cancelTimer(helloTimer);
        heartbeat.stop();
        reader.close();
        if (opened) {
            close();
        }
        ended.complete(how);
    }

    /** A peer that hangs answers no close frame, and one that has sent its own needn't end the connection. */
    private void close() {
        socket.close(RESUMABLE, "").onComplete(closed -> gone.tryComplete());
        vertx.setTimer(CLOSE_MS, fired -> {
            var unused =
                    ((ClientWebSocketInternal) socket).channelHandlerContext().close();
            gone.tryComplete();
        });
    }
}
