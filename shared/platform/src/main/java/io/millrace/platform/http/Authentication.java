package io.millrace.platform.http;

import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.Revocations;
import io.millrace.platform.auth.TokenVerifier;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;
import java.util.Objects;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;

/**
 * Handlers of authenticated requests: the principal of the token, or {@link Principal#PUBLIC} without one. A refused
 * token is answered as a problem, and so is every failure of a route.
 */
public final class Authentication {
    private static final String PRINCIPAL = "principal";
    private static final String TOKENS = "tokens";
    /** Set once the token of a request was revoked while it was answered. */
    private static final String REVOKED = "revoked";

    private Authentication() {}

    public static Handler<RoutingContext> route(
            TokenVerifier tokens, BiFunction<RoutingContext, Principal, Future<Void>> route) {
        return ctx -> principal(ctx, tokens)
                .compose(who -> whilePermitted(ctx, tokens.revocations(), who, route))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    /** An answer whose token is revoked before all of it was sent is refused, or cut off if a part of it was. */
    private static Future<Void> whilePermitted(
            RoutingContext ctx,
            Revocations revocations,
            Principal who,
            BiFunction<RoutingContext, Principal, Future<Void>> route) {
        if (!who.authenticated()) {
            return route.apply(ctx, who);
        }
        Context loop = ctx.vertx().getOrCreateContext();
        Runnable check = () -> {
            if (revocations.revokes(who)) {
                loop.runOnContext(revoked -> cutOff(ctx));
            }
        };
        Runnable over = revocations.onChange(check);
        check.run();
        return Future.succeededFuture(who)
                .compose(same -> route.apply(ctx, same))
                .recover(error -> ctx.get(REVOKED) == null ? Future.failedFuture(error) : Future.succeededFuture())
                .onComplete(done -> over.run());
    }

    private static void cutOff(RoutingContext ctx) {
        if (ctx.response().closed() || ctx.get(REVOKED) != null) {
            return;
        }
        ctx.put(REVOKED, true);
        if (ctx.response().headWritten() || ctx.response().ended()) {
            UnsentBytes.discard(ctx.request());
        } else {
            ProblemResponses.answer(ctx, Revocations.revoked());
        }
    }

    /** A route of JSON that only the client itself may cache, and must revalidate. */
    public static Handler<RoutingContext> json(
            TokenVerifier tokens, BiFunction<RoutingContext, Principal, Future<JsonObject>> route) {
        return route(tokens, (ctx, who) -> route.apply(ctx, who)
                .compose(json -> JsonResponse.vary(ctx.response(), "Authorization")
                        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                        .putHeader(HttpHeaders.CACHE_CONTROL, "private, no-cache")
                        .end(json.toBuffer())));
    }

    /**
     * Authenticates before a body handler, so that no byte of a refused request's body is kept.
     *
     * @param check throws if the request is refused
     * @param refused answers a refused request
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
                        // A refused request has no body handler, so its body is dropped.
                        ctx.request().resume();
                        if (done.succeeded()) {
                            ctx.put(PRINCIPAL, done.result())
                                    .put(TOKENS, tokens)
                                    .next();
                        } else {
                            refused.accept(ctx, done.cause());
                        }
                    });
        };
    }

    /**
     * The principal of a request, after {@link #beforeBody} and the body. Fails if its token was revoked or has expired
     * while the body was sent.
     */
    public static Future<Principal> of(RoutingContext ctx) {
        return Objects.requireNonNull(ctx.<TokenVerifier>get(TOKENS))
                .recheck(Objects.requireNonNull(ctx.<Principal>get(PRINCIPAL)));
    }

    /** A route behind {@link #beforeBody} whose answer is refused, or cut off, if the token is revoked before all was sent. */
    public static Handler<RoutingContext> afterBody(BiFunction<RoutingContext, Principal, Future<Void>> route) {
        return ctx -> of(ctx).compose(who -> whilePermitted(
                        ctx,
                        Objects.requireNonNull(ctx.<TokenVerifier>get(TOKENS)).revocations(),
                        who,
                        route))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private static Future<Principal> principal(RoutingContext ctx, TokenVerifier tokens) {
        return tokens.ofHeader(ctx.request().getHeader(HttpHeaders.AUTHORIZATION));
    }
}
