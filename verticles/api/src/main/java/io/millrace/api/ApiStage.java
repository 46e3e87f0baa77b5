package io.millrace.api;

import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import org.jspecify.annotations.Nullable;

/** Reads over HTTP. Nothing but routes. */
public final class ApiStage implements Stage {
    public static final Stage.Kind<ApiSettings> KIND = new Stage.Kind<>("api", ApiSettings::from, ApiStage::new);

    private final Node node;
    private final ApiSettings settings;

    ApiStage(Node node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        router.get("/api/streams/:stream/events").handler(new HistoryRoute(node, settings)::answer);
        router.get("/api/entities/:kind/:id").handler(new EntityRoute(node)::answer);
        new KpiRoutes(node.domains(), node.tokens(), node.bus(), settings).mount(router);
        router.get("/api/ws/info")
                .handler(ctx -> ctx.json(new JsonObject()
                        .put("protocol", "millrace")
                        .put("features", new JsonArray().add("subscribe").add("after"))));
    }
}
