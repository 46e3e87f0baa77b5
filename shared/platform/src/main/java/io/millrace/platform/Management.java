package io.millrace.platform;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** Metrics and probes, on a port of their own that need not be reachable from outside. */
public final class Management extends VerticleBase {
    private final HttpSettings settings;
    private final Health health;
    private final PrometheusMeterRegistry metrics;

    public Management(HttpSettings settings, Health health, PrometheusMeterRegistry metrics) {
        this.settings = settings;
        this.health = health;
        this.metrics = metrics;
    }

    @Override
    public Future<HttpServer> start() {
        return vertx.createHttpServer()
                .requestHandler(this::answer)
                .listen(settings.managementPort(), settings.managementHost())
                .recover(PortInUse.told("management", settings.managementHost(), settings.managementPort()));
    }

    private void answer(HttpServerRequest request) {
        switch (String.valueOf(request.path())) {
            case "/metrics" -> scrape(request);
            case "/health/live" -> json(request, 200, new JsonObject().put("status", "live"));
            case "/health/started" ->
                json(request, health.isStarted() ? 200 : 503, new JsonObject().put("started", health.isStarted()));
            case "/health/ready" -> {
                JsonObject reasons = health.notReady();
                JsonObject degraded = health.degraded();
                String status = !reasons.isEmpty() ? "not ready" : degraded.isEmpty() ? "ready" : "degraded";
                json(
                        request,
                        reasons.isEmpty() ? 200 : 503,
                        new JsonObject().put("status", status).put("reasons", reasons.mergeIn(degraded)));
            }
            default -> json(request, 404, new JsonObject().put("status", "not found"));
        }
    }

    private void scrape(HttpServerRequest request) {
        // Off the loop: a scrape walks every meter.
        vertx.executeBlocking(metrics::scrape, false)
                .compose(text -> request.response()
                        .putHeader("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
                        .end(text))
                .onFailure(gone -> request.connection().close());
    }

    private static void json(HttpServerRequest request, int status, JsonObject body) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body.toBuffer())
                .onFailure(gone -> request.connection().close());
    }
}
