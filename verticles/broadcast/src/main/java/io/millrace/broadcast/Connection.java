package io.millrace.broadcast;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.platform.Principal;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One WebSocket: who is behind it, what it follows, and the bytes that go out. Owned by its hub's event loop. */
final class Connection {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

    private final String id;
    private final ServerWebSocket socket;
    private final Channel channel;
    private final Hub hub;
    private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
    private Principal principal = Principal.PUBLIC;
    private boolean closing;

    private boolean welcomed;
    private final long openedAtMs = now();
    private long heardAtMs = openedAtMs;
    private long askedAtMs;
    private long fullSinceMs;

    Connection(String id, ServerWebSocket socket, Channel channel, Hub hub, int buffer) {
        this.id = id;
        this.socket = socket;
        this.channel = channel;
        this.hub = hub;
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(buffer / 2, buffer));
        // Vert.x tells its own writes' backpressure; these bytes go past it, so the channel is asked itself.
        channel.pipeline().addFirst("millrace-writability", new Writability());
        socket.pongHandler(pong -> heard());
    }

    String id() {
        return id;
    }

    Principal principal() {
        return principal;
    }

    boolean welcomed() {
        return welcomed;
    }

    Collection<Subscription> subscriptions() {
        return subscriptions.values();
    }

    @Nullable
    Subscription subscription(String stream) {
        return subscriptions.get(stream);
    }

    void add(Subscription subscription) {
        subscriptions.put(subscription.stream, subscription);
    }

    void remove(String stream) {
        Subscription subscription = subscriptions.remove(stream);
        if (subscription != null) {
            hub.unsubscribe(subscription);
        }
    }

    /** Says who they are and what they may expect. */
    void welcome(Principal who, long heartbeatMs) {
        principal = who;
        welcomed = true;
        JsonObject welcome = new JsonObject()
                .put("type", "welcome")
                .put("connectionId", id)
                .put("user", who.user())
                .put("roles", new JsonArray(List.copyOf(who.roles())))
                .put("heartbeat", heartbeatMs);
        if (who.authenticated()) {
            welcome.put(
                    "expiresAt", Instant.ofEpochSecond(who.expiresAtSeconds()).toString());
        }
        send(welcome);
    }

    /** A message for this connection alone. */
    void send(JsonObject message) {
        write(Frames.text(message.encode()));
        flush();
    }

    /** Hands a frame to the channel; takes over its reference. {@link #flush} sends it. */
    @SuppressWarnings("FutureReturnValueIgnored") // a void promise tells nothing; a broken socket is closed
    void write(ByteBuf frame) {
        if (closing) {
            // Nothing may follow a close frame.
            frame.release();
            return;
        }
        channel.write(frame, channel.voidPromise());
    }

    void flush() {
        channel.flush();
    }

    boolean writable() {
        return channel.isWritable();
    }

    void error(@Nullable Object requestId, Throwable thrown) {
        MillraceException known = MillraceException.of(thrown);
        if (known.failure() == Failure.INTERNAL) {
            LOG.error("a request of connection {} failed", id, thrown);
        }
        JsonObject error = new JsonObject().put("type", "error");
        if (requestId != null) {
            error.put("id", requestId);
        }
        error.put("code", known.failure().code())
                .put("message", known.getMessage())
                .put("timestamp", Instant.now().toString());
        if (known.failure().retryable()) {
            error.put("retryAfter", 1000);
        }
        send(error);
    }

    /** Says why, then closes. */
    void close(CloseCode code, Failure failure, String why) {
        if (closing) {
            return;
        }
        error(null, new MillraceException(failure, why));
        end(code, why);
    }

    /** Tells the client to come back elsewhere, at a time of its own, so that not all come at once. */
    void retreat(int withinMs) {
        if (closing) {
            return;
        }
        send(new JsonObject()
                .put("type", "reconnect")
                .put("after", ThreadLocalRandom.current().nextInt(withinMs))
                .put("reason", "draining"));
        end(CloseCode.DRAINING, "draining");
    }

    private void end(CloseCode code, String why) {
        closing = true;
        leaveStreams();
        // A close frame has room for 123 bytes; the error message has said it whole.
        boolean fits = why.getBytes(StandardCharsets.UTF_8).length <= 123;
        socket.close(code.code(), fits ? why : why.substring(0, 40)).onFailure(gone -> sever());
    }

    /** A client that reads nothing gets no close frame either. */
    void cut() {
        closing = true;
        sever();
    }

    /** From the pipeline's front: Vert.x, asked itself, would first wait until a close frame of its own is read. */
    @SuppressWarnings("FutureReturnValueIgnored") // that the socket is closed is told by its close handler
    private void sever() {
        ChannelHandlerContext front = channel.pipeline().firstContext();
        if (front != null) {
            front.close();
        }
    }

    void begunAnew(String stream, String position) {
        send(new JsonObject()
                .put("type", "subscribed")
                .put("stream", stream)
                .put("position", position)
                .put("recovered", false)
                .put("reason", "the stream was begun anew"));
    }

    /** Milliseconds since it was opened. */
    long age() {
        return now() - openedAtMs;
    }

    void closed() {
        closing = true;
        leaveStreams();
    }

    private void leaveStreams() {
        List.copyOf(subscriptions.keySet()).forEach(this::remove);
    }

    void heard() {
        heardAtMs = now();
        askedAtMs = 0;
    }

    /** Called about once a second: asks for a sign of life, and ends what is dead, expired or stuck. */
    void check(BroadcastSettings settings) {
        long now = now();
        if (principal.expiresAtSeconds() * 1000 < System.currentTimeMillis() && principal.authenticated()) {
            close(CloseCode.UNAUTHENTICATED, Failure.UNAUTHENTICATED, "the token has expired");
        } else if (fullSinceMs != 0 && now - fullSinceMs > settings.slow().toMillis()) {
            close(CloseCode.OVERLOADED, Failure.OVERLOADED, "the client reads too slowly");
            cut();
        } else if (askedAtMs != 0
                && fullSinceMs == 0
                && now - askedAtMs > settings.heartbeatGrace().toMillis()) {
            close(CloseCode.HEARTBEAT_LOST, Failure.UNAVAILABLE, "no sign of life");
        } else if (askedAtMs == 0 && now - heardAtMs > settings.heartbeat().toMillis()) {
            askedAtMs = now;
            Future<Void> asked = socket.writePing(Buffer.buffer("millrace"));
            asked.onFailure(gone -> sever());
        }
    }

    /** Milliseconds of a clock that only goes forward. */
    static long now() {
        return System.nanoTime() / 1_000_000;
    }

    private final class Writability extends ChannelInboundHandlerAdapter {
        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) throws Exception {
            if (ctx.channel().isWritable()) {
                fullSinceMs = 0;
                // It read what was before it, so it lives, however long its answer to a ping waits behind.
                heard();
                hub.context().runOnContext(readsAgain -> hub.writable(Connection.this));
            } else {
                fullSinceMs = now();
            }
            super.channelWritabilityChanged(ctx);
        }
    }
}
