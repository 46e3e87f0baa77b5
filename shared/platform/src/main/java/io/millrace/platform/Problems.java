package io.millrace.platform;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.HttpException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Errors over HTTP: {@code application/problem+json} (RFC 9457) with a stable {@code code}. */
public final class Problems {
    private static final Logger LOG = LoggerFactory.getLogger(Problems.class);

    private Problems() {}

    /** Answers with what went wrong. The cause of what nobody foresaw goes to the log, never to the client. */
    public static void answer(RoutingContext ctx, Throwable thrown) {
        MillraceException known = known(ctx, thrown);
        if (known.failure() == Failure.INTERNAL) {
            LOG.error("{} {} failed", ctx.request().method(), ctx.request().path(), thrown);
        }
        if (ctx.response().ended()) {
            return;
        }
        Failure failure = known.failure();
        if (failure.retryable()) {
            ctx.response().putHeader("Retry-After", "1");
        }
        if (failure == Failure.UNAUTHENTICATED) {
            ctx.response().putHeader("WWW-Authenticate", "Bearer");
        }
        ctx.response()
                .setStatusCode(failure.status())
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/problem+json")
                .end(body(failure, known.getMessage()).toBuffer())
                .onFailure(gone -> LOG.debug("the client left before its answer", gone));
    }

    /** The members that every problem has. */
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
                default -> MillraceException.of(thrown);
            };
        }
        return MillraceException.of(thrown);
    }
}
