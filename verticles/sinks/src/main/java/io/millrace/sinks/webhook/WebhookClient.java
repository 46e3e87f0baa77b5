package io.millrace.sinks.webhook;

import io.millrace.platform.resilience.StallAwareTimeout;
import io.millrace.platform.tracing.TraceParent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.URI;
import java.time.Clock;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes the requests to one endpoint. Follows no redirect, and reads no more than the beginning of an answer. */
final class WebhookClient {
    private static final int MAX_ANSWER = 64 * 1024;
    private static final int CONNECT_MS = 5_000;

    private final Vertx vertx;
    private final URI url;
    private final WebhookSigner signer;
    private final AddressGuard guard;
    private final HttpClient client;
    private final long timeoutMs;
    private final Clock clock;

    /**
     * What became of a delivery.
     *
     * @param status 0 if there was no answer
     * @param problem null if it is delivered
     * @param retryAfterMs how long the endpoint asks not to be asked; 0 if it doesn't
     */
    record Result(int status, @Nullable String problem, long retryAfterMs) {
        /** When its turn came it was not to be delivered any more. */
        static final Result NOT_TRIED = new Result(-1, "it was not tried", 0);

        boolean tried() {
            return status >= 0;
        }

        boolean delivered() {
            return problem == null;
        }

        /** Whether it says something of the endpoint, and not of this event alone. */
        boolean isOutage() {
            return !delivered() && (status < 400 || status >= 500 || status == 408 || status == 429);
        }
    }

    WebhookClient(Vertx vertx, WebhookSink sink, WebhookSettings settings, AddressGuard guard, Clock clock) {
        this.vertx = vertx;
        this.url = sink.url();
        this.signer = sink.signer();
        this.guard = guard;
        this.timeoutMs = settings.timeout().toMillis();
        this.clock = clock;
        this.client = vertx.createHttpClient(
                new HttpClientOptions()
                        .setConnectTimeout(CONNECT_MS)
                        .setMaxHeaderSize(16 * 1024)
                        .setKeepAliveTimeout(20)
                        .setDecompressionSupported(false),
                new PoolOptions().setHttp1MaxSize(settings.concurrency()));
    }

    /**
     * Never fails.
     *
     * @param traceparent the trace of the event; null if it has none
     */
    Future<Result> deliver(String id, byte[] body, @Nullable String traceparent) {
        Promise<Result> result = Promise.promise();
        Exchange exchange = new Exchange(result);
        guard.resolve(url)
                .compose(address -> client.request(options(address)))
                .compose(request -> exchange.send(request, id, body, traceparent))
                .onFailure(error -> result.tryComplete(new Result(0, told(error), 0)));
        return StallAwareTimeout.within(vertx, timeoutMs, result.future()).recover(late -> {
            exchange.reset();
            return Future.succeededFuture(new Result(0, "did not answer in " + timeoutMs + " ms", 0));
        });
    }

    private RequestOptions options(InetAddress address) {
        boolean tls = url.getScheme().equals("https");
        int port = url.getPort() < 0 ? (tls ? 443 : 80) : url.getPort();
        String path = url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setServer(SocketAddress.inetSocketAddress(port, address.getHostAddress()))
                .setHost(url.getHost())
                .setPort(port)
                .setSsl(tls)
                .setURI(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .setFollowRedirects(false);
    }

    private static String told(Throwable error) {
        String message = error.getMessage() == null ? error.toString() : error.getMessage();
        return message.length() > 200 ? message.substring(0, 200) + "…" : message;
    }

    /** One request and its answer. */
    private final class Exchange {
        private final Promise<Result> result;
        private @Nullable HttpClientRequest request;
        private boolean over;
        private long read;

        Exchange(Promise<Result> result) {
            this.result = result;
        }

        Future<Void> send(HttpClientRequest made, String id, byte[] body, @Nullable String traceparent) {
            request = made;
            if (over) {
                reset();
                return Future.succeededFuture();
            }
            var headers = made.headers().set("content-type", "application/json").set("user-agent", "Millrace");
            if (traceparent != null) {
                var unused = headers.set(TraceParent.NAME, traceparent);
            }
            signer.sign(headers, id, body, clock.millis() / 1_000);
            return made.send(Buffer.buffer(body)).map(response -> {
                answered(response);
                return null;
            });
        }

        private void answered(HttpClientResponse response) {
            Result said = new Result(response.statusCode(), problem(response), retryAfterMs(response));
            response.exceptionHandler(broken -> result.tryComplete(said));
            response.endHandler(end -> result.tryComplete(said));
            response.handler(part -> {
                read += part.length();
                if (read > MAX_ANSWER) {
                    // What it said is known; the rest of it is nobody's.
                    result.tryComplete(said);
                    reset();
                }
            });
        }

        void reset() {
            over = true;
            if (request != null) {
                var unused = request.reset();
            }
        }

        private @Nullable String problem(HttpClientResponse response) {
            int status = response.statusCode();
            if (status / 100 == 2) {
                return null;
            }
            return status / 100 == 3
                    ? "answered " + status + ": redirects are not followed; change the url"
                    : "answered " + status;
        }

        private long retryAfterMs(HttpClientResponse response) {
            String text = response.getHeader("retry-after");
            if (text == null) {
                return 0;
            }
            try {
                long ms = text.matches("\\d{1,9}")
                        ? Long.parseLong(text) * 1_000
                        : Instant.from(ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME))
                                        .toEpochMilli()
                                - clock.millis();
                return Math.min(Math.max(0, ms), TimeUnit.DAYS.toMillis(1));
            } catch (DateTimeParseException unreadable) {
                return 0;
            }
        }
    }

    Future<Void> close() {
        return client.close();
    }
}
