package io.millrace.platform.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/** Bytes that were written to a connection and that its socket has not taken. Called on the connection's event loop. */
public final class UnsentBytes {
    /** RFC 9113, 7: the stream is no longer needed. */
    private static final long CANCEL = 0x8;

    private UnsentBytes() {}

    public static boolean in(Channel channel) {
        return of(channel) > 0;
    }

    /** How many there are. */
    public static long of(Channel channel) {
        ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Ends a connection by a TCP reset: neither these bytes nor those that the system holds for the client are sent. */
    @SuppressWarnings("FutureReturnValueIgnored") // that the socket is closed is told by its close handler
    public static void discard(Channel channel) {
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        // From the pipeline's front: Vert.x, asked itself, would first wait until the client has read everything.
        ChannelHandlerContext front = channel.pipeline().firstContext();
        if (front != null) {
            front.close();
        }
    }

    /**
     * Ends a response of which nothing may be sent any more. Over HTTP/2 that is its stream, and the connection only if
     * bytes wait in it, which may be the stream's.
     */
    public static void discard(HttpServerRequest request) {
        Channel channel = ((ConnectionBase) request.connection()).channel();
        boolean stream = request.version() == HttpVersion.HTTP_2;
        if (stream) {
            request.response().reset(CANCEL).onFailure(gone -> {});
        }
        if (!stream || in(channel)) {
            discard(channel);
        }
    }
}
