package io.millrace.platform.http.server;

import io.millrace.contracts.failure.Failure;
import io.millrace.platform.http.ProblemResponses;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.Http1xOrH2CHandler;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Closes connections whose headers arrive too slowly: the first header must be complete within a time after the
 * connection was opened, each later one within that time after its first byte. Vert.x itself sees a connection only
 * when a header is complete, and its idle timeout is reset by a single byte. Idle time between requests is left to that
 * timeout, and the handshake of TLS to its own: with TLS this handler stands behind TLS's.
 *
 * <p>Owned by its connection's event loop.
 */
final class HeaderTimeout extends ChannelInboundHandlerAdapter {
    private static final byte[] PREFACE = Http1xOrH2CHandler.HTTP_2_PREFACE.getBytes(StandardCharsets.US_ASCII);
    private static final String DECODER = "httpDecoder";
    private static final int FRAME_HEADER = 9;
    private static final int DATA = 0;
    private static final int HEADERS = 1;
    private static final int CONTINUATION = 9;
    private static final int END_HEADERS = 4;

    private static final String TOO_SLOW = problem(Failure.REQUEST_TIMEOUT, "the header came too slowly", "");
    private static final String FULL = problem(
            Failure.OVERLOADED,
            "this node has as many connections as http.connections.max allows",
            "Retry-After: 5\r\n");

    private final ServerConnectionLimit connections;
    private final HttpServerOptions options;
    private final boolean full;
    private @Nullable ChannelHandlerContext channel;
    private @Nullable ScheduledFuture<?> deadline;

    private enum Protocol {
        UNKNOWN,
        HTTP_1,
        HTTP_2
    }

    private Protocol protocol = Protocol.UNKNOWN;
    private int matched;
    private boolean served;

    /** The state of the present HTTP/2 frame: how much of its header was read, and how many bytes are to come. */
    private final int[] frame = new int[FRAME_HEADER];

    private int frameHeader;
    private int frameRest;
    private boolean headersOpen;

    HeaderTimeout(ServerConnectionLimit connections, HttpServerOptions options, boolean full) {
        this.connections = connections;
        this.options = options;
        this.full = full;
    }

    private static String problem(Failure failure, String detail, String headers) {
        String body = ProblemResponses.body(failure, detail).encode();
        return "HTTP/1.1 " + HttpResponseStatus.valueOf(failure.status()) + "\r\nConnection: close\r\n" + headers
                + "Content-Type: application/problem+json\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) throws Exception {
        channel = ctx;
        if (full && options.isSsl()) {
            // An answer would cost the handshake.
            var unused = ctx.close();
            return;
        }
        if (full) {
            refuse(ctx, FULL);
            return;
        }
        if (!options.isSsl()) {
            headerBegan();
        }
        super.channelActive(ctx);
    }

    /** The end of the handshake, which has a timeout of its own. */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
        // First Vert.x, which now makes its decoder.
        super.userEventTriggered(ctx, event);
        if (event instanceof SslHandshakeCompletionEvent handshake) {
            if (handshake.isSuccess()) {
                headerBegan();
                if (ctx.pipeline().get(DECODER) != null) {
                    parseStrictly(ctx);
                }
            } else {
                connections.refused(
                        handshake.cause() instanceof SslHandshakeTimeoutException
                                ? ServerConnectionLimit.Refusal.SLOW_HANDSHAKE
                                : ServerConnectionLimit.Refusal.BAD_HANDSHAKE);
            }
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) throws Exception {
        headerEnded();
        super.channelInactive(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
        if (!(msg instanceof ByteBuf bytes) || full) {
            ReferenceCountUtil.release(msg);
            return;
        }
        switch (protocol) {
            case HTTP_1 -> ctx.fireChannelRead(bytes);
            case HTTP_2 -> {
                frames(bytes, bytes.readerIndex());
                ctx.fireChannelRead(bytes);
            }
            case UNKNOWN -> begin(ctx, bytes);
        }
    }

    /** Detects the protocol as Vert.x will, and makes the HTTP/1 decoder stricter. */
    private void begin(ChannelHandlerContext ctx, ByteBuf bytes) {
        int at = bytes.readerIndex();
        while (at < bytes.writerIndex() && matched < PREFACE.length && bytes.getByte(at) == PREFACE[matched]) {
            matched++;
            at++;
        }
        if (matched == PREFACE.length) {
            protocol = Protocol.HTTP_2;
            headerEnded();
            frames(bytes, at);
            ctx.fireChannelRead(bytes);
        } else if (at == bytes.writerIndex()) {
            ctx.fireChannelRead(bytes);
        } else {
            if (options.isSsl()) {
                // HTTP/2 was negotiated and these bytes aren't HTTP/2: its handler answers.
                protocol = Protocol.HTTP_1;
                ctx.fireChannelRead(bytes);
                return;
            }
            // Up to the byte by which Vert.x detects the protocol and installs its decoder; a request is never that
            // short.
            ctx.fireChannelRead(bytes.readRetainedSlice(at + 1 - bytes.readerIndex()));
            parseStrictly(ctx);
            ctx.fireChannelRead(bytes);
        }
    }

    private void parseStrictly(ChannelHandlerContext ctx) {
        protocol = Protocol.HTTP_1;
        ctx.pipeline().replace(DECODER, DECODER, new StrictRequestDecoder(options, this));
    }

    /**
     * A header block of HTTP/2, in any number of frames, must be complete in time; {@link SlowBodyTimeout} checks the
     * body.
     */
    private void frames(ByteBuf bytes, int from) {
        int at = from;
        while (at < bytes.writerIndex()) {
            if (frameRest > 0) {
                int step = Math.min(frameRest, bytes.writerIndex() - at);
                frameRest -= step;
                at += step;
            } else {
                frame[frameHeader++] = bytes.getUnsignedByte(at++);
                if (frameHeader == FRAME_HEADER) {
                    frameRest = frame[0] << 16 | frame[1] << 8 | frame[2];
                    headersOpen = frame[3] == HEADERS || frame[3] == CONTINUATION
                            ? (frame[4] & END_HEADERS) == 0
                            : headersOpen;
                }
            }
            if (frameHeader == FRAME_HEADER && frameRest == 0) {
                frameHeader = 0;
            }
        }
        boolean partial = frameHeader > 0 && !(frameHeader == FRAME_HEADER && frame[3] == DATA);
        if (partial || headersOpen) {
            headerBegan();
        } else {
            headerEnded();
        }
    }

    /** Starts the timeout at the first byte of a header. */
    void headerBegan() {
        ChannelHandlerContext ctx = channel;
        if (deadline == null && ctx != null) {
            deadline = ctx.executor()
                    .schedule(this::tooSlow, connections.headerWithin().toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    void headerEnded() {
        served |= protocol == Protocol.HTTP_1;
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void tooSlow() {
        ChannelHandlerContext ctx = channel;
        if (ctx == null) {
            return;
        }
        connections.refused(ServerConnectionLimit.Refusal.SLOW_HEADER);
        if (protocol == Protocol.HTTP_1 && !served) {
            refuse(ctx, TOO_SLOW);
        } else {
            // An answer may be in progress, so no other answer may be written.
            var unused = ctx.channel().close();
        }
    }

    private static void refuse(ChannelHandlerContext ctx, String answer) {
        var unused = ctx.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII))
                .addListener(ChannelFutureListener.CLOSE);
    }
}
