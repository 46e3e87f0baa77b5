package io.millrace.api.alert;

import io.millrace.api.deadletter.DeniedCommands;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.text.Micros;
import io.millrace.domain.access.Role;
import io.millrace.platform.alert.ReportedAlerts;
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
import java.util.List;
import java.util.function.BiFunction;

/**
 * {@code /api/alerts}: what is on, and what operators do about it, for roles that manage the cluster. The nodes say what is on; the
 * persistence stage keeps what operators say, and records who did.
 */
public final class AlertRoutes {
    private static final String ROOT = "/api/alerts";
    private static final int MAX_BODY = 16 << 10;

    private final NodeContext node;
    private final ReportedAlerts reports;
    private final AlertJson json = new AlertJson();
    private final DeniedCommands denied;

    /** @param reports what the nodes say */
    public AlertRoutes(NodeContext node, ReportedAlerts reports) {
        this.node = node;
        this.reports = reports;
        this.denied = new DeniedCommands(
                (user, tried) -> node.bus().request(Addresses.ALERT_COMMANDS, AlertCommand.denied(user, tried)),
                System::nanoTime);
    }

    public void mount(Router router) {
        router.route(ROOT + "*")
                .handler(Authentication.beforeBody(node.tokens(), this::authorize, ProblemResponses::answer));
        router.get(ROOT).handler(Authentication.afterBody((ctx, who) -> list().compose(
                        page -> JsonResponse.sendUncached(ctx, 200, page.toBuffer()))));
        BodyHandler body = BodyHandler.create(false).setBodyLimit(MAX_BODY);
        act(router, body, "/acknowledge", AlertCommand.Kind.ACKNOWLEDGE);
        act(router, body, "/unacknowledge", AlertCommand.Kind.UNACKNOWLEDGE);
        post(router, body, "/silence", (bytes, who) -> AlertJson.silence(bytes, who.user(), Micros.now()));
        act(router, body, "/unsilence", AlertCommand.Kind.UNSILENCE);
    }

    private void act(Router router, BodyHandler body, String path, AlertCommand.Kind kind) {
        post(router, body, path, (bytes, who) -> AlertJson.read(kind, bytes, who.user()));
    }

    private void post(
            Router router, BodyHandler body, String path, BiFunction<byte[], Principal, AlertCommand> command) {
        router.post(ROOT + path).handler(body).handler(ctx -> Authentication.of(ctx)
                .compose(who -> node.bus().request(Addresses.ALERT_COMMANDS, command.apply(bytes(ctx), who)))
                .compose(marks -> JsonResponse.sendUncached(
                        ctx, 200, json.page(reports.active(), marks).toBuffer()))
                .onFailure(error -> ProblemResponses.answer(ctx, error)));
    }

    private static byte[] bytes(RoutingContext ctx) {
        Buffer body = ctx.body().buffer();
        return body == null ? new byte[0] : body.getBytes();
    }

    private void authorize(RoutingContext ctx, Principal who) {
        if (!node.domains().rights().mayManage(who.roles(), Role.CLUSTER)) {
            denied.note(ctx, who);
            throw who.refusal("none of your roles manages the cluster");
        }
    }

    /** What is on is known without PostgreSQL, and most of all then. */
    private Future<JsonObject> list() {
        return node.bus()
                .request(Addresses.ALERT_COMMANDS, AlertCommand.list())
                .map(marks -> json.page(reports.active(), marks))
                .otherwise(error -> json.page(reports.active(), new AlertMarks(List.of(), List.of()))
                        .put("unknown", "who acknowledged or silenced them is not known now: " + error.getMessage()));
    }
}
