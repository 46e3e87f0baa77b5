package io.millrace.api.revocation;

import io.millrace.api.ApiSettings;
import io.millrace.api.deadletter.DeniedCommands;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.revocation.RevocationCommand;
import io.millrace.contracts.revocation.RevocationQuery;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.http.JsonResponse;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.time.Clock;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * {@code /api/revocations}: created, listed and deleted by roles that manage them. The persistence stage stores them,
 * and records who did it.
 */
public final class RevocationRoutes {
    private static final int PAGE = 100;
    private static final int MAX_BODY = 16 << 10;
    private static final String ROOT = "/api/revocations";

    private final NodeContext node;
    private final ApiSettings settings;
    private final RevocationJson json;
    private final DeniedCommands denied;

    public RevocationRoutes(NodeContext node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
        this.json = new RevocationJson(Clock.systemUTC(), settings.tokenLife());
        this.denied = new DeniedCommands(
                (user, tried) ->
                        node.bus().request(Addresses.REVOCATION_COMMANDS, RevocationCommand.denied(user, tried)),
                System::nanoTime);
    }

    public void mount(Router router) {
        router.route(ROOT + "*")
                .handler(Authentication.beforeBody(node.tokens(), this::authorize, ProblemResponses::answer));
        router.get(ROOT).handler(Authentication.afterBody((ctx, who) -> list(ctx, who)
                .compose(page -> JsonResponse.sendUncached(ctx, 200, page.toBuffer()))));
        BodyHandler body = BodyHandler.create(false).setBodyLimit(MAX_BODY);
        router.post(ROOT).handler(body).handler(ctx -> answer(ctx, 201, this::make));
        router.delete(ROOT + "/:id").handler(body).handler(ctx -> answer(ctx, 200, this::delete));
    }

    private void authorize(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.REVOCATIONS)) {
            denied.note(ctx, who);
            throw who.refusal("none of your roles manages revocations");
        }
    }

    private static void answer(
            RoutingContext ctx, int status, BiFunction<RoutingContext, Principal, Future<JsonObject>> route) {
        Authentication.of(ctx)
                .compose(who -> route.apply(ctx, who))
                .compose(found -> JsonResponse.sendUncached(ctx, status, found.toBuffer()))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    private Future<JsonObject> list(RoutingContext ctx, Principal who) {
        int most = settings.revocationLimit();
        int limit = (int) number(ctx, "limit", Math.min(PAGE, most), most);
        long after = number(ctx, "after", Long.MAX_VALUE, Long.MAX_VALUE);
        return node.bus()
                .request(Addresses.REVOCATIONS, new RevocationQuery(RevocationQuery.NONE, after, limit))
                .map(page -> RevocationJson.page(
                        page.revocations(), page.revocations().size() == limit));
    }

    private static long number(RoutingContext ctx, String name, long fallback, long most) {
        return Parameters.wholeNumber(name, ctx.request().getParam(name), fallback, 1, most);
    }

    private Future<JsonObject> make(RoutingContext ctx, Principal who) {
        Buffer body = ctx.body().buffer();
        RevocationCommand command =
                RevocationCommand.make(json.read(body == null ? new byte[0] : body.getBytes(), who.user()));
        return command(command);
    }

    private Future<JsonObject> delete(RoutingContext ctx, Principal who) {
        long id = Parameters.wholeNumber("id", Objects.requireNonNull(ctx.pathParam("id")), 0, 1, Long.MAX_VALUE);
        return command(RevocationCommand.delete(id, who.user()));
    }

    private Future<JsonObject> command(RevocationCommand command) {
        return node.bus()
                .request(Addresses.REVOCATION_COMMANDS, command)
                .map(done -> RevocationJson.of(done.revocations().get(0)));
    }
}
