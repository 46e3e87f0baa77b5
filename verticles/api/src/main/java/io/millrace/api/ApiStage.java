package io.millrace.api;

import io.micrometer.core.instrument.Timer;
import io.millrace.api.alert.AlertRoutes;
import io.millrace.api.answer.ConditionalResponse;
import io.millrace.api.cluster.ClusterNodes;
import io.millrace.api.cluster.ClusterRoute;
import io.millrace.api.cluster.ConfigurationRoute;
import io.millrace.api.connection.ConnectionRoutes;
import io.millrace.api.deadletter.DeadLetterRoutes;
import io.millrace.api.journey.EventRoute;
import io.millrace.api.journey.JourneyRoute;
import io.millrace.api.journey.JourneySearch;
import io.millrace.api.query.CatalogRoutes;
import io.millrace.api.query.EntityHistoryRoute;
import io.millrace.api.query.EntityListRoute;
import io.millrace.api.query.EntityRoute;
import io.millrace.api.query.FilteredReads;
import io.millrace.api.query.HistoryRoute;
import io.millrace.api.query.KpiRoutes;
import io.millrace.api.revocation.RevocationRoutes;
import io.millrace.api.sink.SinkRoutes;
import io.millrace.platform.alert.ReportedAlerts;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.http.Authentication;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;

/** Reads and administration over HTTP. */
public final class ApiStage implements Stage {
    public static final Stage.Kind<ApiSettings> KIND = new Stage.Kind<>("api", ApiSettings::from, ApiStage::new);

    private final NodeContext node;
    private final ApiSettings settings;
    private final FilteredReads filtered;
    private final ClusterNodes nodes;
    private final ReportedAlerts alerts = new ReportedAlerts(System::nanoTime);

    ApiStage(NodeContext node, ApiSettings settings) {
        this.node = node;
        this.settings = settings;
        this.filtered = new FilteredReads(settings.filteredReads(), node.metrics());
        this.nodes = new ClusterNodes(node.bus(), System::nanoTime);
    }

    @Override
    public Deployable verticle() {
        return new NodeListener(node.bus(), nodes, alerts);
    }

    @Override
    public void routes(Router router) {
        CatalogRoutes catalog = new CatalogRoutes(node.domains(), node.bus());
        KpiRoutes kpis = new KpiRoutes(node.domains(), node.bus(), settings);
        ConditionalResponse response = new ConditionalResponse(settings.shared());
        json(router, "/api/types", "types", catalog::types);
        json(router, "/api/streams", "streams", catalog::streams);
        get(
                router,
                "/api/streams/:stream/events",
                "history",
                new HistoryRoute(node, settings, response, filtered)::answer);
        get(router, "/api/entities/:kind", "entities", new EntityListRoute(node, settings, response)::answer);
        get(router, "/api/entities/:kind/:id", "entity", new EntityRoute(node, response)::answer);
        json(
                router,
                "/api/entities/:kind/:id/history",
                "entityHistory",
                new EntityHistoryRoute(node.domains(), node.bus())::history);
        JourneySearch search = new JourneySearch(node.domains(), node.bus());
        json(router, "/api/events/:id", "event", new EventRoute(node, search)::events);
        json(
                router,
                "/api/events/:id/journey",
                "journey",
                new JourneyRoute(node.domains(), node.bus(), search)::journey);
        json(router, "/api/kpis", "kpis", kpis::totals);
        json(router, "/api/kpis/:name", "kpi", kpis::periods);
        ClusterRoute cluster = new ClusterRoute(node.domains(), nodes);
        json(router, "/api/cluster", "cluster", cluster::answer);
        json(router, "/api/configuration", "configuration", new ConfigurationRoute(node, nodes)::answer);
        new DeadLetterRoutes(node, settings).mount(router);
        new RevocationRoutes(node, settings).mount(router);
        new SinkRoutes(node, cluster).mount(router);
        new ConnectionRoutes(node).mount(router);
        new AlertRoutes(node, alerts).mount(router);
    }

    private void get(
            Router router, String path, String what, BiFunction<RoutingContext, Principal, Future<Void>> route) {
        router.get(path).handler(timed(what, Authentication.route(node.tokens(), route)));
    }

    private void json(
            Router router, String path, String what, BiFunction<RoutingContext, Principal, Future<JsonObject>> route) {
        router.get(path).handler(timed(what, Authentication.json(node.tokens(), route)));
    }

    /** Measures the time from the request to the end of its answer. */
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
