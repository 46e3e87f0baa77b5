package io.millrace.api.deadletter;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.api.ApiSettings;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetter;
import io.millrace.contracts.deadletter.DeadLetterActQuery;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.deadletter.DeadLetterQuery;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.http.JsonResponse;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;

/**
 * {@code /api/dead-letters}: searched, counted, edited, redriven, discarded and restored by roles that manage them. The
 * queue stage executes the commands and records the operator.
 */
public final class DeadLetterRoutes {
    private static final int PAGE = 100;
    private static final String ROOT = "/api/dead-letters";

    private final NodeContext node;
    private final ApiSettings settings;
    private final DeniedCommands denied;

    public DeadLetterRoutes(NodeContext node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
        this.denied = new DeniedCommands(this::recordDenied, System::nanoTime);
    }

    public void mount(Router router) {
        // Authenticated before a byte of the body is kept, as for events.
        router.route(ROOT + "*")
                .handler(Authentication.beforeBody(node.tokens(), this::authorize, ProblemResponses::answer));
        router.get(ROOT).handler(reads(this::list));
        router.get(ROOT + "/acts").handler(reads(this::acts));
        router.get(ROOT + "/:id").handler(reads(this::one));
        BodyHandler body = BodyHandler.create(false).setBodyLimit(node.maxBody());
        router.patch(ROOT + "/:id").handler(body).handler(reads(this::edit));
        decides(router, "/redrive", body, DeadLetterCommand.Kind.REDRIVE);
        decides(router, "/discard", body, DeadLetterCommand.Kind.DISCARD);
        decides(router, "/restore", body, DeadLetterCommand.Kind.RESTORE);
        router.post(ROOT + "/acts/:id/stop").handler(body).handler(ctx -> answer(ctx, this::stop));
    }

    private void decides(Router router, String path, BodyHandler body, DeadLetterCommand.Kind kind) {
        router.post(ROOT + path).handler(body).handler(ctx -> answer(ctx, (asked, who) -> decide(kind, asked, who)));
    }

    private void authorize(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.DEAD_LETTERS)) {
            denied.note(ctx, who);
            throw who.refusal("none of your roles manages the dead letters");
        }
    }

    private Future<?> recordDenied(String user, String tried) {
        byte[] act = new JsonObject().put("tried", tried).toBuffer().getBytes();
        return node.bus()
                .request(
                        Addresses.DEAD_LETTER_COMMANDS,
                        new DeadLetterCommand(
                                DeadLetterCommand.Kind.DENIED, DeadLetterFilter.ofIds(List.of()), user, false, act, 0));
    }

    private static void answer(RoutingContext ctx, BiFunction<RoutingContext, Principal, Future<Buffer>> route) {
        Authentication.of(ctx)
                .compose(who -> route.apply(ctx, who))
                .compose(json -> JsonResponse.sendUncached(ctx, 200, json))
                .onFailure(error -> ProblemResponses.answer(ctx, error));
    }

    /** A route whose answer has dead letters: a token that is revoked meanwhile gets none of them. */
    private static Handler<RoutingContext> reads(BiFunction<RoutingContext, Principal, Future<Buffer>> route) {
        return Authentication.afterBody(
                (ctx, who) -> route.apply(ctx, who).compose(json -> JsonResponse.sendUncached(ctx, 200, json)));
    }

    private Future<Buffer> list(RoutingContext ctx, Principal who) {
        int most = settings.deadLetterLimit();
        long limit = DeadLetterJson.number(ctx, "limit", Math.min(PAGE, most), 1, most);
        DeadLetterQuery query = new DeadLetterQuery(
                DeadLetterJson.filter(ctx),
                DeadLetterJson.number(ctx, "after", Long.MAX_VALUE, 1, Long.MAX_VALUE),
                (int) limit,
                false,
                DeadLetterJson.counted(ctx.request().getParam("counts")));
        return node.bus()
                .request(Addresses.DEAD_LETTERS, query)
                .map(page -> DeadLetterJson.page(page, page.letters().size() == limit, query.groups()));
    }

    private Future<Buffer> one(RoutingContext ctx, Principal who) {
        return letter(id(ctx));
    }

    private Future<Buffer> letter(long id) {
        DeadLetterQuery query =
                new DeadLetterQuery(DeadLetterFilter.ofIds(List.of(id)), Long.MAX_VALUE, 1, true, false);
        return node.bus().request(Addresses.DEAD_LETTERS, query).map(page -> {
            if (page.letters().isEmpty()) {
                throw new MillraceException(Failure.NOT_FOUND, "there is no dead letter " + id);
            }
            DeadLetter letter = page.letters().get(0);
            return DeadLetterJson.withEvent(letter);
        });
    }

    private Future<Buffer> edit(RoutingContext ctx, Principal who) {
        long id = id(ctx);
        byte[] change = body(ctx);
        DeadLetterCommand act = new DeadLetterCommand(
                DeadLetterCommand.Kind.EDIT, DeadLetterFilter.ofIds(List.of(id)), who.user(), false, change, 0);
        return node.bus().request(Addresses.DEAD_LETTER_COMMANDS, act).compose(done -> letter(id));
    }

    private Future<Buffer> acts(RoutingContext ctx, Principal who) {
        int most = settings.deadLetterLimit();
        int limit = (int) DeadLetterJson.number(ctx, "limit", Math.min(PAGE, most), 1, most);
        long before = DeadLetterJson.number(ctx, "after", Long.MAX_VALUE, 1, Long.MAX_VALUE);
        return node.bus()
                .request(Addresses.DEAD_LETTER_ACTS, new DeadLetterActQuery(before, limit))
                .map(page -> DeadLetterJson.acts(page, page.acts().size() == limit));
    }

    private Future<Buffer> stop(RoutingContext ctx, Principal who) {
        DeadLetterFilter act = DeadLetterFilter.ofAct(id(ctx));
        return node.bus()
                .request(
                        Addresses.DEAD_LETTER_COMMANDS,
                        new DeadLetterCommand(DeadLetterCommand.Kind.STOP, act, who.user(), false, null, 0))
                .map(done -> new JsonObject().put("stopped", act.act()).toBuffer());
    }

    private Future<Buffer> decide(DeadLetterCommand.Kind kind, RoutingContext ctx, Principal who) {
        JsonNode body = DeadLetterJson.object(body(ctx));
        DeadLetterFilter filter = DeadLetterJson.filter(body);
        if (!filter.narrows()) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    "name ids, or a filter of type, stream, source, reason, fingerprint, act, from or to");
        }
        boolean dryRun = DeadLetterJson.dryRun(body.path("dryRun"));
        int pace = DeadLetterJson.pace(body.path("pace"));
        return node.bus()
                .request(
                        Addresses.DEAD_LETTER_COMMANDS,
                        new DeadLetterCommand(kind, filter, who.user(), dryRun, null, pace))
                .map(count -> DeadLetterJson.count(count, kind, dryRun));
    }

    private static byte[] body(RoutingContext ctx) {
        Buffer body = ctx.body().buffer();
        if (body == null || body.length() == 0) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the body is empty");
        }
        return body.getBytes();
    }

    private static long id(RoutingContext ctx) {
        String id = Objects.requireNonNull(ctx.pathParam("id"));
        if (!id.matches("\\d{1,18}")) {
            throw new MillraceException(Failure.NOT_FOUND, "there is no dead letter " + id);
        }
        return Long.parseLong(id);
    }
}
