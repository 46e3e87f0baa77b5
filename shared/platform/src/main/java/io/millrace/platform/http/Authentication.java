package io.millrace.platform.http;

import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Handlers that learn who asks: the bearer of the request's token, or {@link Principal#PUBLIC} without one. A token that is
 * refused is answered as a problem, as is whatever a route fails with.
 */
public final class Authentication {
    private static final String PRINCIPAL = "principal";

    private Authentication() {}

    public static Handler<RoutingContext> route(
            TokenVerifier tokens, BiFunction<RoutingContext, Principal, Future<Void>> route) {
        return ctx -> principal(ctx, tokens)
                .compose(who -> route.apply(ctx, who))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    /** A route of JSON that its reader alone may keep, and must ask about again. */
    public static Handler<RoutingContext> json(
            TokenVerifier tokens, BiFunction<RoutingContext, Principal, Future<JsonObject>> route) {
        return route(tokens, (ctx, who) -> route.apply(ctx, who).compose(json -> ctx.response()
                .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                .putHeader(HttpHeaders.VARY, "Authorization")
                .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                .end(json.toBuffer())));
    }

    /**
     * Stands before a handler of bodies, so that no byte of a body is kept for a request that is refused.
     *
     * @param check throws if the request is refused
     * @param refused answers a request that is refused
     */
    public static Handler<RoutingContext> beforeBody(
            TokenVerifier tokens,
            BiConsumer<RoutingContext, Principal> check,
            BiConsumer<RoutingContext, Throwable> refused) {
        return ctx -> {
            ctx.request().pause();
            principal(ctx, tokens)
                    .map(who -> {
                        check.accept(ctx, who);
                        return who;
                    })
                    .onComplete(done -> {
                        // Where it is refused nobody listens to the body, so what comes of it is dropped.
                        ctx.request().resume();
                        if (done.succeeded()) {
                            ctx.put(PRINCIPAL, done.result()).next();
                        } else {
                            refused.accept(ctx, done.cause());
                        }
                    });
        };
    }

    /** Who asks, behind {@link #beforeBody}. */
    public static Principal of(RoutingContext ctx) {
        return Objects.requireNonNull(ctx.<Principal>get(PRINCIPAL));
    }

    private static Future<Principal> principal(RoutingContext ctx, TokenVerifier tokens) {
        return tokens.ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION));
    }
}
