package io.millrace.api.connection;

import io.millrace.api.deadletter.DeniedCommands;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.connection.ConnectionCommand;
import io.millrace.contracts.connection.ConnectionQuery;
import io.millrace.contracts.text.Parameters;
import io.millrace.domain.access.Role;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.http.JsonResponse;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.node.NodeContext;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;

/**
 * {@code /api/connections}: listed and ended by roles that manage them. The broadcast stage has them; the persistence stage
 * records what is done to them, before it is done.
 */
public final class ConnectionRoutes {
    private static final String ROOT = "/api/connections";
    private static final int PAGE = 100;
    /** The slowest are of interest; the others are found by what they are. */
    private static final int MOST = 1_000;

    private static final int MAX_BODY = 4 << 10;

    private final NodeContext node;
    private final DeniedCommands denied;

    public ConnectionRoutes(NodeContext node) {
        this.node = node;
        this.denied = new DeniedCommands(
                (user, tried) -> node.bus().request(Addresses.CONNECTION_ACTS, ConnectionCommand.denied(user, tried)),
                System::nanoTime);
    }

    public void mount(Router router) {
        router.route(ROOT + "*")
                .handler(Authentication.beforeBody(node.tokens(), this::authorize, ProblemResponses::answer));
        router.get(ROOT).handler(Authentication.afterBody((ctx, who) -> list(ctx.request())
                .compose(found -> JsonResponse.sendUncached(ctx, 200, found.toBuffer()))));
        router.post(ROOT + "/disconnect")
                .handler(BodyHandler.create(false).setBodyLimit(Math.min(MAX_BODY, node.maxBody())))
                .handler(ctx -> Authentication.of(ctx)
                        .compose(who -> disconnect(ctx, who))
                        .compose(done -> JsonResponse.sendUncached(ctx, 200, done.toBuffer()))
                        .onFailure(error -> ProblemResponses.answer(ctx, error)));
    }

    private void authorize(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.CONNECTIONS)) {
            denied.note(ctx, who);
            throw who.refusal("none of your roles may see who is connected");
        }
    }

    /** Every node is asked for as many as are shown and skipped: which are the slowest is known when all have answered. */
    private Future<JsonObject> list(HttpServerRequest request) {
        int from = (int) Parameters.wholeNumber("from", request.getParam("from"), 0, 0, MOST - 1);
        int limit = (int) Parameters.wholeNumber("limit", request.getParam("limit"), PAGE, 1, MOST);
        ConnectionQuery query = new ConnectionQuery(
                request.getParam("connection"),
                request.getParam("user"),
                request.getParam("role"),
                request.getParam("transport"),
                request.getParam("stream"),
                request.getParam("node"),
                Math.min(from + limit, MOST));
        return node.bus().request(Addresses.CONNECTIONS, query).map(page -> ConnectionJson.page(page, from));
    }

    private Future<JsonObject> disconnect(RoutingContext ctx, Principal who) {
        Buffer body = ctx.body().buffer();
        ConnectionCommand command = ConnectionJson.disconnect(body == null ? new byte[0] : body.getBytes(), who.user());
        return node.bus()
                .request(Addresses.CONNECTION_ACTS, command)
                .compose(recorded -> node.bus().request(Addresses.CONNECTION_COMMANDS, command))
                .map(result -> new JsonObject()
                        .put("disconnected", result.done())
                        .put("unanswered", result.silent().size()));
    }
}
