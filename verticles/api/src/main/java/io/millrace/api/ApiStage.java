package io.millrace.api;

import io.micrometer.core.instrument.Timer;
import io.millrace.api.deadletter.DeadLetterRoutes;
import io.millrace.api.read.CatalogRoutes;
import io.millrace.api.read.EntityListRoute;
import io.millrace.api.read.EntityRoute;
import io.millrace.api.read.HistoryRoute;
import io.millrace.api.read.JourneyRoute;
import io.millrace.api.read.KpiRoutes;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.Handler;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Reads and administration over HTTP. Nothing but routes. */
public final class ApiStage implements Stage {
    public static final Stage.Kind<ApiSettings> KIND = new Stage.Kind<>("api", ApiSettings::from, ApiStage::new);

    private final NodeContext node;
    private final ApiSettings settings;

    ApiStage(NodeContext node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        CatalogRoutes catalog = new CatalogRoutes(node.domains(), node.tokens(), node.bus());
        router.get("/api/types").handler(timed("types", catalog::types));
        router.get("/api/streams").handler(timed("streams", catalog::streams));
        router.get("/api/streams/:stream/events").handler(timed("history", new HistoryRoute(node, settings)::answer));
        router.get("/api/entities/:kind").handler(timed("entities", new EntityListRoute(node, settings)::answer));
        router.get("/api/entities/:kind/:id").handler(timed("entity", new EntityRoute(node)::answer));
        router.get("/api/events/:id/journey")
                .handler(timed("journey", new JourneyRoute(node.domains(), node.tokens(), node.bus())::answer));
        KpiRoutes kpis = new KpiRoutes(node.domains(), node.tokens(), node.bus(), settings);
        router.get("/api/kpis").handler(timed("kpis", kpis::all));
        router.get("/api/kpis/:name").handler(timed("kpi", kpis::one));
        new DeadLetterRoutes(node, settings).mount(router);
    }

    /** From the request to the end of its answer. */
    private Handler<RoutingContext> timed(String what, Handler<RoutingContext> route) {
        Timer timer = Timer.builder("millrace.api.read")
                .tag("what", what)
                .publishPercentileHistogram()
                .register(node.metrics());
        return ctx -> {
            long start = System.nanoTime();
            ctx.addEndHandler(ended -> timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS));
            route.handle(ctx);
        };
    }
}
