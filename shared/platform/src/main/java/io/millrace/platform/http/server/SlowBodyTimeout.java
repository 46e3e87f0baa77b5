package io.millrace.platform.http.server;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.http.ProblemResponses;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/** Aborts requests whose bodies arrive too slowly. Owned by its event loop. */
final class SlowBodyTimeout {
    /** Bytes a second; a modem is faster. */
    private static final int BYTES_A_SECOND = 500;

    private final Map<HttpServerRequest, Progress> underWay = new LinkedHashMap<>();
    private final ServerConnectionLimit connections;
    private final long windowNs;
    private final long leastBytes;

    private static final class Progress {
        private long sinceNs = System.nanoTime();
        private long bytes;
    }

    /**
     * @param window the time over which a body's rate is measured
     */
    SlowBodyTimeout(ServerConnectionLimit connections, Duration window) {
        this.connections = connections;
        this.windowNs = window.toNanos();
        this.leastBytes = Math.max(1, window.toMillis() * BYTES_A_SECOND / 1_000);
    }

    void add(HttpServerRequest request) {
        boolean hasBody = request.version() == HttpVersion.HTTP_2
                ? !request.isEnded()
                : request.headers().contains("Content-Length")
                        || request.headers().contains("Transfer-Encoding");
        if (hasBody) {
            underWay.put(request, new Progress());
        }
    }

    void check() {
        long now = System.nanoTime();
        for (Iterator<Map.Entry<HttpServerRequest, Progress>> each =
                        underWay.entrySet().iterator();
                each.hasNext(); ) {
            var one = each.next();
            HttpServerRequest request = one.getKey();
            Progress progress = one.getValue();
            if (request.isEnded() || request.response().closed()) {
                each.remove();
            } else if (now - progress.sinceNs >= windowNs) {
                if (request.bytesRead() - progress.bytes < leastBytes) {
                    each.remove();
                    cut(request);
                } else {
                    progress.sinceNs = now;
                    progress.bytes = request.bytesRead();
                }
            }
        }
    }

    private void cut(HttpServerRequest request) {
        boolean answered = request.response().ended() || request.response().headWritten();
        // A request that was refused before its body came is counted already.
        if (!answered || request.response().getStatusCode() < 400) {
            connections.refused(ServerConnectionLimit.Refusal.SLOW_BODY);
        }
        var sent = answered
                ? io.vertx.core.Future.<Void>succeededFuture()
                : ProblemResponses.answer(
                        request.response(),
                        new MillraceException(Failure.REQUEST_TIMEOUT, "the body comes too slowly"),
                        request.version() != HttpVersion.HTTP_2);
        sent.onComplete(done -> {
            if (request.version() == HttpVersion.HTTP_2) {
                // Only this stream is reset: the connection's other streams continue.
                request.response().reset(0);
            } else {
                request.connection().close().onFailure(gone -> {});
            }
        });
    }
}
