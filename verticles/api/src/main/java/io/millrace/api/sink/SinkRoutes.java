package io.millrace.api.sink;

import io.millrace.api.cluster.ClusterRoute;
import io.millrace.api.deadletter.DeniedCommands;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkCommandResult;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.http.JsonResponse;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * {@code /api/sinks}: listed, enabled, redriven and replayed by roles that manage them. The sinks stage does it, and records
 * who did. A sink's name may hold a slash, so it is a parameter, or in the body.
 */
public final class SinkRoutes {
    private static final String ROOT = "/api/sinks";
    private static final int PAGE = 100;
    private static final int MAX_PAGE = 1_000;

    private final NodeContext node;
    private final ClusterRoute cluster;
    private final DeniedCommands denied;

    /** @param cluster knows how the sinks are */
    public SinkRoutes(NodeContext node, ClusterRoute cluster) {
        this.node = node;
        this.cluster = cluster;
        this.denied = new DeniedCommands(
                (user, tried) -> node.bus().request(Addresses.SINK_COMMANDS, SinkCommand.denied(user, tried)),
                System::nanoTime);
    }

    public void mount(Router router) {
        router.route(ROOT + "*")
                .handler(Authentication.beforeBody(node.tokens(), this::authorize, ProblemResponses::answer));
        get(router, ROOT, this::list);
        get(router, ROOT + "/dead", this::dead);
        BodyHandler body = BodyHandler.create(false).setBodyLimit(node.maxBody());
        post(router, body, "/enable", this::enable);
        post(router, body, "/redrive", this::redrive);
        post(router, body, "/replay", this::replay);
    }

    private static void get(
            Router router, String path, BiFunction<RoutingContext, Principal, Future<JsonObject>> route) {
        router.get(path).handler(Authentication.afterBody((ctx, who) -> route.apply(ctx, who)
                .compose(found -> JsonResponse.sendUncached(ctx, 200, found.toBuffer()))));
    }

    private void post(
            Router router, BodyHandler body, String act, BiFunction<byte[], Principal, Future<JsonObject>> route) {
        router.post(ROOT + act).handler(body).handler(ctx -> Authentication.of(ctx)
                .compose(who -> route.apply(bytes(ctx), who))
                .compose(done -> JsonResponse.sendUncached(ctx, 200, done.toBuffer()))
                .onFailure(error -> ProblemResponses.answer(ctx, error)));
    }

    private static byte[] bytes(RoutingContext ctx) {
        Buffer body = ctx.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    private void authorize(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.SINKS)) {
            denied.note(ctx, who);
            throw who.refusal("none of your roles manages the sinks");
        }
    }

    /** What the nodes say of them, with what is kept of each. */
    private Future<JsonObject> list(RoutingContext ctx, Principal who) {
        return node.bus().request(Addresses.SINKS, new SinkQuery(null, 0, 0)).map(page -> {
            Map<String, SinkPage.Counts> counts = new HashMap<>();
            page.sinks().forEach(each -> counts.put(each.sink(), each));
            JsonArray sinks = cluster.sinks();
            for (int i = 0; i < sinks.size(); i++) {
                JsonObject sink = sinks.getJsonObject(i);
                SinkPage.Counts kept = counts.get(sink.getString("sink"));
                if (kept != null) {
                    sink.put("waiting", kept.waiting()).put("dead", kept.dead());
                    if (kept.disabled() != null) {
                        sink.put("disabled", kept.disabled());
                    }
                }
            }
            return new JsonObject().put("sinks", sinks);
        });
    }

    private Future<JsonObject> dead(RoutingContext ctx, Principal who) {
        String sink = ctx.request().getParam("sink");
        if (sink == null || sink.isEmpty()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "sink is missing: name the sink");
        }
        int limit = (int) Parameters.wholeNumber("limit", ctx.request().getParam("limit"), PAGE, 1, MAX_PAGE);
        long after = Parameters.wholeNumber("after", ctx.request().getParam("after"), 0, 0, Long.MAX_VALUE);
        return node.bus()
                .request(Addresses.SINKS, new SinkQuery(sink, after, limit))
                .map(page -> {
                    if (page.sinks().isEmpty()) {
                        throw new MillraceException(Failure.NOT_FOUND, "there is no sink " + sink);
                    }
                    return SinkJson.page(page, page.dead().size() == limit);
                });
    }

    private Future<JsonObject> enable(byte[] body, Principal who) {
        SinkCommand command = SinkJson.enable(body, who.user());
        return execute(command)
                .map(done -> new JsonObject().put("sink", command.sink()).put("wasDisabled", done.done() > 0));
    }

    private Future<JsonObject> redrive(byte[] body, Principal who) {
        SinkCommand command = SinkJson.redrive(body, who.user());
        return execute(command).map(done -> new JsonObject()
                .put("sink", command.sink())
                .put("matched", done.matched())
                .put("redriven", done.done())
                .put("remaining", Math.max(0, done.matched() - done.done())));
    }

    private Future<JsonObject> replay(byte[] body, Principal who) {
        SinkCommand command = SinkJson.replay(body, who.user());
        return execute(command).map(done -> new JsonObject()
                .put("sink", command.sink())
                .put("stream", command.stream())
                .put("position", done.position().toString()));
    }

    private Future<SinkCommandResult> execute(SinkCommand command) {
        return node.bus().request(Addresses.SINK_COMMANDS, command);
    }
}
