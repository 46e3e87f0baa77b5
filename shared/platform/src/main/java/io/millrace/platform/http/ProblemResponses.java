package io.millrace.platform.http;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.StreamResetException;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors over HTTP: {@code application/problem+json} (RFC 9457) with a stable {@code code}. */
public final class ProblemResponses {
    private static final Logger LOG = LoggerFactory.getLogger(ProblemResponses.class);

    private ProblemResponses() {}

    /** The key of the {@link Failure} in the context of a refused request. */
    static final String FAILURE = "failure";

    /** Answers with a problem. The cause of an unexpected failure is logged, never sent to the client. */
    public static void answer(RoutingContext ctx, Throwable thrown) {
        if (thrown instanceof HttpClosedException || thrown instanceof StreamResetException) {
            LOG.debug("the client left before its request was over");
            return;
        }
        MillraceException known = known(ctx, thrown);
        if (known.failure() == Failure.INTERNAL) {
            LOG.error("{} {} failed", ctx.request().method(), ctx.request().path(), thrown);
        }
        if (ctx.response().ended() || ctx.response().closed()) {
            return;
        }
        ctx.put(FAILURE, known.failure());
        answer(ctx.response(), known, false).onFailure(gone -> LOG.debug("the client left before its answer", gone));
    }

    /** Answers with a failure under another status than its own. */
    public static void answer(RoutingContext ctx, int status, Failure failure, String detail) {
        ctx.put(FAILURE, failure);
        send(ctx.response(), body(failure, detail).put("status", status))
                .onFailure(gone -> LOG.debug("the client left before its answer", gone));
    }

    /**
     * Answers with a known failure.
     *
     * @param close whether the connection closes after this answer
     */
    public static Future<Void> answer(HttpServerResponse response, MillraceException known, boolean close) {
        Failure failure = known.failure();
        if (failure.retryable()) {
            response.putHeader("Retry-After", Long.toString(known.retryAfterSeconds()));
        }
        if (failure.status() == 401) {
            response.putHeader("WWW-Authenticate", "Bearer");
        }
        if (close) {
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        }
        return send(response, body(failure, known.getMessage()));
    }

    /** Answers with a complete problem, which no cache may keep: many keep a 404 that doesn't say so. */
    public static Future<Void> send(HttpServerResponse response, JsonObject problem) {
        return write(response.putHeader(HttpHeaders.CACHE_CONTROL, "private, no-store"), problem);
    }

    /** Answers with a complete problem of a failure, under the response's own rules for caches. */
    public static Future<Void> sendCacheable(RoutingContext ctx, Failure failure, JsonObject problem) {
        ctx.put(FAILURE, failure);
        return write(ctx.response(), problem);
    }

    private static Future<Void> write(HttpServerResponse response, JsonObject problem) {
        return response.setStatusCode(problem.getInteger("status"))
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(problem.toBuffer());
    }

    /** A problem with the members that all problems have. */
    public static JsonObject body(Failure failure, String detail) {
        return new JsonObject()
                .put("type", "about:blank")
                .put("title", failure.code().replace('_', ' '))
                .put("status", failure.status())
                .put("code", failure.code())
                .put("detail", detail);
    }

    private static MillraceException known(RoutingContext ctx, Throwable thrown) {
        if (thrown instanceof HttpException http) {
            String what = ctx.request().method() + " " + ctx.request().path();
            return switch (http.getStatusCode()) {
                case 404 ->
                    new MillraceException(
                            Failure.NOT_FOUND,
                            "there is nothing at " + ctx.request().path());
                case 405 -> new MillraceException(Failure.METHOD_NOT_ALLOWED, what + " isn't supported");
                case 413 -> new MillraceException(Failure.TOO_LARGE, "the body is over the limit, http.body.max");
                case 415 -> new MillraceException(Failure.UNSUPPORTED_MEDIA_TYPE, "that Content-Type isn't read here");
                case 400 -> new MillraceException(Failure.BAD_MESSAGE, "the request can't be read");
                case 417 -> new MillraceException(Failure.EXPECTATION_FAILED, "Expect may be 100-continue alone");
                default -> MillraceException.of(thrown);
            };
        }
        // vertx-web fails with this status only for a request that can't be decoded.
        return thrown instanceof IllegalArgumentException && ctx.statusCode() == 400
                ? new MillraceException(Failure.BAD_MESSAGE, "the request can't be read")
                : MillraceException.of(thrown);
    }
}
