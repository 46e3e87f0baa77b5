package io.millrace.platform.http.server;

import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.http.BindErrors;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.RefusedRequests;
import io.millrace.platform.node.Health;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The management port with metrics and probes, which need not be reachable from outside. */
public final class ManagementServer extends VerticleBase {
    private static final String PLAIN_TEXT = "text/plain; version=0.0.4; charset=utf-8";
    private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    private static final Pattern QUALITY = Pattern.compile(";\\s*q=([01](?:\\.\\d{0,3})?)\\s*(?:;|$)");

    private final HttpSettings settings;
    private final Health health;
    private final PrometheusMeterRegistry metrics;

    private final RefusedRequests refusals;
    private final HttpServerOptions options;
    private final ServerConnectionLimit connections;

    public ManagementServer(HttpSettings settings, Health health, PrometheusMeterRegistry metrics) {
        this.settings = settings;
        this.health = health;
        this.metrics = metrics;
        this.refusals = new RefusedRequests(metrics);
        this.options = new HttpServerOptions()
                .setIdleTimeout((int) settings.idle().toSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS);
        this.connections = new ServerConnectionLimit(settings, options, metrics);
    }

    @Override
    public Future<HttpServer> start() {
        return vertx.createHttpServer(options)
                .requestHandler(this::handle)
                .invalidRequestHandler(request -> refusals.answer(request, RequestValidator.unreadable(request)))
                .listen(settings.managementPort(), settings.managementHost())
                .recover(BindErrors.named("management", settings.managementHost(), settings.managementPort()))
                .compose(listening -> connections.guard(listening).map(listening));
    }

    private void handle(HttpServerRequest request) {
        try {
            RequestValidator.check(request);
            if (!request.method().equals(HttpMethod.GET) && !request.method().equals(HttpMethod.HEAD)) {
                request.response().putHeader(HttpHeaders.ALLOW, "GET, HEAD");
                throw new MillraceException(Failure.METHOD_NOT_ALLOWED, "only GET and HEAD are answered here");
            }
            answer(request);
        } catch (MillraceException refused) {
            refusals.answer(request, refused);
        }
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
            default ->
                throw new MillraceException(
                        Failure.NOT_FOUND, "there are /metrics, /health/live, /health/started and /health/ready");
        }
    }

    private void scrape(HttpServerRequest request) {
        String type = openMetrics(request.getHeader("Accept")) ? OPEN_METRICS : PLAIN_TEXT;
        // Not on the event loop: a scrape reads every meter.
        vertx.executeBlocking(() -> metrics.scrape(type), false)
                .compose(text -> request.response()
                        .putHeader("Content-Type", type)
                        .putHeader("Vary", "Accept")
                        .end(text))
                .onFailure(gone -> request.connection().close());
    }

    /**
     * Whether a scraper accepts OpenMetrics at least as gladly as the older text format, the default (RFC 9110
     * §12.5.1).
     */
    static boolean openMetrics(@Nullable String accept) {
        double open = 0;
        double plain = 0;
        for (String range :
                accept == null ? new String[0] : accept.toLowerCase(Locale.ROOT).split(",", -1)) {
            String type = range.split(";", 2)[0].strip();
            if (type.equals("application/openmetrics-text")) {
                open = Math.max(open, quality(range));
            } else if (type.equals("text/plain")) {
                plain = Math.max(plain, quality(range));
            }
        }
        return open > 0 && open >= plain;
    }

    private static double quality(String range) {
        Matcher given = QUALITY.matcher(range);
        return given.find() ? Double.parseDouble(given.group(1)) : 1;
    }

    private static void json(HttpServerRequest request, int status, JsonObject body) {
        request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .end(body.toBuffer())
                .onFailure(gone -> request.connection().close());
    }
}
