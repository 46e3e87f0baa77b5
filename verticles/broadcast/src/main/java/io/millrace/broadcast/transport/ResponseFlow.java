package io.millrace.broadcast.transport;

import io.millrace.broadcast.hub.Connection;
import io.millrace.platform.http.UnsentBytes;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Back-pressure of an HTTP response, by the bytes that were written and that the client's socket, or its HTTP/2 stream, has
 * not taken. Vert.x counts a connection's bytes over HTTP/1.1 and a stream's messages over HTTP/2. Owned by the
 * connection's event loop.
 */
public final class ResponseFlow {
    /** RFC 9113, 7: the stream is no longer needed. */
    private static final long CANCEL = 0x8;
    /** How long a client may take to read its last response. */
    private static final int LEAVE_MS = 1_000;

    private final Context loop;
    private final Connection connection;
    private final int max;
    /** Of the bytes those that a response was given; it may be of another event loop. */
    private final AtomicInteger unsent = new AtomicInteger();

    private int bytes;
    private boolean full;

    /**
     * Starts with no bytes pending.
     *
     * @param max how many bytes may be pending before the response is full
     */
    public ResponseFlow(Connection connection, int max) {
        this.loop = connection.hub().context();
        this.connection = connection;
        this.max = max;
    }

    /** Counts bytes as waiting until {@code taken} completes. */
    public void add(int pending, Future<Void> taken) {
        add(pending);
        unsent.addAndGet(pending);
        taken.onComplete(done -> {
            unsent.addAndGet(-pending);
            loop.runOnContext(freed -> remove(pending));
        });
    }

    /** Whether the client's socket has not taken all that was written to a response. From the loop of the response. */
    public boolean hasUnsent() {
        return unsent.get() > 0;
    }

    /** Adds bytes that are pending until they are removed. */
    public void add(int pending) {
        bytes += pending;
        if (!full && bytes >= max) {
            full = true;
            connection.full();
        }
    }

    public void remove(int taken) {
        bytes -= taken;
        if (full && bytes <= max / 2) {
            full = false;
            connection.drained();
        }
    }

    /** Bytes that are pending. */
    public int pending() {
        return bytes;
    }

    public boolean isFull() {
        return full;
    }

    /**
     * Whether a response is full only because the other streams of its HTTP/2 connection have used up the connection's
     * window. A client that reads a stream gives its window back when half of it is used. On the response's event loop.
     */
    public static boolean starved(HttpServerRequest request) {
        if (request.version() != HttpVersion.HTTP_2) {
            return false;
        }
        Http2ConnectionHandler handler =
                ((ConnectionBase) request.connection()).channel().pipeline().get(Http2ConnectionHandler.class);
        Http2Stream stream = handler == null ? null : handler.connection().stream(request.streamId());
        if (stream == null) {
            return false;
        }
        Http2RemoteFlowController windows = handler.encoder().flowController();
        return windows.windowSize(stream) > windows.initialWindowSize() / 2;
    }

    /**
     * Ends a response, and over HTTP/1.1 its connection: what the system holds for a client that doesn't read is discarded
     * after a moment. Proxies and clients see at once that the connection takes no other request. An HTTP/2 connection
     * goes on, for its other streams. On the response's event loop.
     */
    public static Future<Void> endWithConnection(HttpServerRequest request) {
        return request.response().end().onSuccess(ended -> {
            if (request.version() != HttpVersion.HTTP_2
                    && ((ConnectionBase) request.connection()).channel() instanceof DuplexChannel channel) {
                shutDown(channel);
            }
        });
    }

    @SuppressWarnings("FutureReturnValueIgnored") // a channel that is gone needs no end
    private static void shutDown(DuplexChannel channel) {
        channel.shutdownOutput();
        channel.eventLoop()
                .schedule(
                        () -> {
                            if (channel.isOpen()) {
                                UnsentBytes.discard(channel);
                            }
                        },
                        LEAVE_MS,
                        TimeUnit.MILLISECONDS);
    }

    /**
     * Ends a response at once, whether or not its client reads. Over HTTP/2 that is its stream: the connection's other
     * streams go on.
     */
    public static void abort(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            request.response().reset(CANCEL).onFailure(gone -> {});
            return;
        }
        // At the pipeline's head: Vert.x' own close would first wait until the client has read everything.
        ChannelHandlerContext front =
                ((ConnectionBase) request.connection()).channel().pipeline().firstContext();
        if (front != null) {
            close(front);
        }
    }

    @SuppressWarnings("FutureReturnValueIgnored") // the response's close handler reports the close
    private static void close(ChannelHandlerContext front) {
        front.close();
    }
}
