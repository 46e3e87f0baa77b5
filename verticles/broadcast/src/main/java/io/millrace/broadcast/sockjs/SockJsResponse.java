package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.transport.ResponseFlow;
import io.millrace.platform.http.UnsentBytes;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * One HTTP response that carries frames of a SockJS session. Owned by the session's event loop; the response may belong to
 * another one, where the frames are written, in order.
 */
final class SockJsResponse {
    /** A response ends after so many bytes, since browsers keep all of it in memory. */
    private static final int STREAMED_BYTES = 128 << 10;

    private static final String PRELUDE = "h".repeat(2_048) + "\n";

    /** The form of the frames in the response, and the bytes after which it ends. */
    enum Kind {
        XHR("application/javascript; charset=UTF-8", "", "", "\n", 1),
        XHR_STREAMING("application/javascript; charset=UTF-8", PRELUDE, "", "\n", STREAMED_BYTES),
        EVENT_SOURCE("text/event-stream", "\r\n", "data: ", "\r\n\r\n", STREAMED_BYTES);

        private final String contentType;
        private final String prelude;
        private final String before;
        private final String after;
        private final int bytes;

        Kind(String contentType, String prelude, String before, String after, int bytes) {
            this.contentType = contentType;
            this.prelude = prelude;
            this.before = before;
            this.after = after;
            this.bytes = bytes;
        }
    }

    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Context context;
    private final Kind kind;
    private int written;
    private volatile boolean starved;

    /** Called on the response's own event loop. */
    SockJsResponse(HttpServerRequest request, Context context, Kind kind) {
        this.request = request;
        this.response = request.response();
        this.context = context;
        this.kind = kind;
        response.setChunked(true)
                .putHeader(HttpHeaders.CONTENT_TYPE, kind.contentType)
                .putHeader(
                        HttpHeaders.CACHE_CONTROL,
                        "private, no-store, no-cache, no-transform, must-revalidate, max-age=0")
                .putHeader("X-Accel-Buffering", "no");
        if (!kind.prelude.isEmpty()) {
            response.write(kind.prelude).onFailure(gone -> {});
        }
    }

    /** Completes when the client's socket has taken the frame, or is closed. */
    Future<Void> write(byte[] frame) {
        written += frame.length;
        Buffer text = Buffer.buffer(kind.before.length() + frame.length + kind.after.length())
                .appendString(kind.before)
                .appendBytes(frame)
                .appendString(kind.after, StandardCharsets.US_ASCII.name());
        Promise<Void> taken = Promise.promise();
        context.runOnContext(turn -> {
            if (response.ended() || response.closed()) {
                taken.fail("the response is over");
            } else {
                response.write(text).onComplete(taken);
                starved = ResponseFlow.starved(request);
            }
        });
        return taken.future();
    }

    /** Whether the response was starved a moment ago: its own event loop updates it. */
    boolean starved() {
        context.runOnContext(turn -> starved = ResponseFlow.starved(request));
        return starved;
    }

    /** Whether the response has ended, so that the client needs another one for the next frame. */
    boolean isSpent() {
        return written >= kind.bytes;
    }

    void end() {
        end(response::end);
    }

    void endWithConnection() {
        end(() -> ResponseFlow.endWithConnection(request));
    }

    private void end(Supplier<Future<Void>> end) {
        context.runOnContext(turn -> {
            if (!response.ended() && !response.closed()) {
                end.get().onFailure(gone -> {});
            }
        });
    }

    /** As {@link #abort}, and nothing that waits is sent. */
    void reset() {
        context.runOnContext(turn -> UnsentBytes.discard(request));
    }

    void abort() {
        context.runOnContext(turn -> ResponseFlow.abort(request));
    }
}
