package io.millrace.platform.http.server;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.http.AllowedOrigins;
import io.millrace.platform.http.BindErrors;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.ProblemResponses;
import io.millrace.platform.http.RefusedRequests;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.millrace.platform.tls.CertificateReload;
import io.millrace.platform.tls.Certificates;
import io.millrace.platform.tls.TlsFiles;
import io.netty.handler.codec.http2.Http2Exception;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The HTTP server of a node: one instance for each event loop, all on one port. Each stage of the node mounts its
 * routes, and each instance owns the state of its routes.
 */
public final class HttpServerVerticle extends VerticleBase {
    private static final Logger LOG = LoggerFactory.getLogger(HttpServerVerticle.class);
    /** Bytes of the largest message that a client may send, on any transport. */
    public static final int MAX_MESSAGE = 1 << 20;

    private static final int SEND_BUFFER = 256 << 10;

    private static final int SHUTDOWN_SECONDS = 10;

    /** Metadata of a route whose answer lasts as long as its client is connected. */
    public static final String ENDLESS = "endless";

    private static final int CHECK_MS = 1_000;

    /** Headers of every answer: a page has a policy of its own, any other answer loads nothing and stands in no frame. */
    private static final Map<CharSequence, CharSequence> SECURE = Map.of(
            HttpHeaders.createOptimized("X-Content-Type-Options"),
            HttpHeaders.createOptimized("nosniff"),
            HttpHeaders.createOptimized("Content-Security-Policy"),
            HttpHeaders.createOptimized("default-src 'none'; frame-ancestors 'none'"),
            HttpHeaders.createOptimized("Referrer-Policy"),
            HttpHeaders.createOptimized("no-referrer"));

    private final HttpSettings settings;
    private final Health health;
    private final List<Stage> stages;
    private final HttpServerOptions options;
    private final ServerConnectionLimit connections;
    private final AllowedOrigins origins;
    private final RefusedRequests refusals;
    private final @Nullable Certificates certificates;
    private @Nullable HttpServer server;

    public HttpServerVerticle(HttpSettings settings, Health health, List<Stage> stages, MeterRegistry metrics) {
        this.settings = settings;
        this.health = health;
        this.stages = stages;
        this.certificates = Certificates.of(settings.tls());
        this.options = options();
        this.connections = new ServerConnectionLimit(settings, options, metrics);
        this.origins = new AllowedOrigins(settings.origins());
        this.refusals = new RefusedRequests(metrics);
    }

    /** Without metrics. */
    public HttpServerVerticle(HttpSettings settings, Health health, List<Stage> stages) {
        this(settings, health, stages, new SimpleMeterRegistry());
    }

    @Override
    public Future<HttpServer> start() {
        Router router = Router.router(vertx);
        router.route().handler(this::begin);
        router.route().handler(this::bound);
        int own = router.getRoutes().size();
        stages.forEach(stage -> stage.routes(router));
        if (router.getRoutes().size() > own) {
            health.servesClients();
        }
        AllowedMethods methods = new AllowedMethods(router);
        router.route()
                .last()
                .failureHandler(ctx -> ProblemResponses.answer(ctx, cause(ctx.failure(), ctx.statusCode())));
        router.errorHandler(405, ctx -> otherMethod(ctx, methods));
        for (int status : new int[] {400, 404, 413, 415, 417, 500}) {
            router.errorHandler(status, ctx -> ProblemResponses.answer(ctx, cause(ctx.failure(), status)));
        }
        SlowBodyTimeout bodies = new SlowBodyTimeout(connections, settings.readTimeout());
        vertx.setPeriodic(CHECK_MS, timer -> bodies.check());
        HttpServer created = vertx.createHttpServer(options)
                .connectionHandler(connection -> connection.exceptionHandler(this::broken))
                .requestHandler(request -> handle(request, router, methods, bodies))
                .invalidRequestHandler(this::refuse);
        server = created;
        return created.listen(settings.port(), settings.host())
                .recover(BindErrors.named("http", settings.host(), settings.port()))
                .compose(listening -> connections.watch(listening).map(first -> {
                    context.runOnContext(turn -> watch(listening, first));
                    return listening;
                }));
    }

    /** What a connection ends with that Netty closed; of HTTP/2 with a frame that says why. */
    private void broken(Throwable error) {
        if (error instanceof Http2Exception) {
            connections.refused(ServerConnectionLimit.Refusal.BAD_FRAMES);
        }
        LOG.debug("a connection failed", error);
    }

    private void watch(HttpServer listening, boolean first) {
        TlsFiles files = settings.tls();
        if (first && files != null && certificates != null) {
            new CertificateReload(vertx, listening::updateSSLOptions, files, options.getSslOptions(), certificates)
                    .start();
        }
    }

    private void handle(HttpServerRequest request, Router router, AllowedMethods methods, SlowBodyTimeout bodies) {
        secure(request.response());
        try {
            RequestValidator.check(request);
        } catch (MillraceException refused) {
            refuse(request, refused);
            return;
        }
        bodies.add(request);
        try {
            settings.addresses().check(request);
        } catch (MillraceException denied) {
            connections.refused(ServerConnectionLimit.Refusal.ADDRESS);
            refusals.count(denied.failure());
            // The connection may be a proxy's, who has other clients.
            ProblemResponses.answer(request.response(), denied, false).onFailure(gone -> {});
            return;
        }
        if (AllowedOrigins.isPreflight(request) || "*".equals(request.path())) {
            options(request, methods);
        } else {
            boolean head = request.method().equals(HttpMethod.HEAD) && request.version() == HttpVersion.HTTP_2;
            router.handle(head ? new HeadResponse(request) : request);
        }
    }

    private void secure(HttpServerResponse response) {
        SECURE.forEach(response::putHeader);
        if (certificates != null && !settings.hsts().isZero()) {
            response.putHeader(
                    "Strict-Transport-Security", "max-age=" + settings.hsts().toSeconds());
        }
    }

    private void begin(RoutingContext ctx) {
        origins.addHeaders(ctx.request(), ctx.response());
        if (health.isDraining()) {
            closeAfterAnswer(ctx.request());
        }
        ctx.addEndHandler(ended -> refusals.count(ctx));
        ctx.next();
    }

    /** Answers {@code OPTIONS}, and 405 with {@code Allow} for a method that the path doesn't have. */
    private static void otherMethod(RoutingContext ctx, AllowedMethods methods) {
        Set<HttpMethod> allowed = methods.of(ctx.normalizedPath());
        ctx.response().putHeader(HttpHeaders.ALLOW, AllowedMethods.text(allowed));
        if (ctx.request().method().equals(HttpMethod.OPTIONS)) {
            ctx.response().setStatusCode(204).end().onFailure(gone -> {});
        } else {
            ProblemResponses.answer(ctx, cause(null, 405));
        }
    }

    /** Answers a preflight, or {@code OPTIONS *}. */
    private void options(HttpServerRequest request, AllowedMethods methods) {
        Set<HttpMethod> allowed = methods.of(String.valueOf(request.path()));
        HttpServerResponse response = request.response().setStatusCode(204);
        origins.addHeaders(request, response);
        origins.addPreflightHeaders(request, response, allowed);
        if (!allowed.isEmpty()) {
            response.putHeader(HttpHeaders.ALLOW, AllowedMethods.text(allowed));
        }
        response.end().onFailure(gone -> {});
    }

    /** Answers a request that the decoder couldn't read. */
    private void refuse(HttpServerRequest request) {
        secure(request.response());
        refuse(request, RequestValidator.unreadable(request));
    }

    private void refuse(HttpServerRequest request, MillraceException why) {
        refusals.answer(request, why);
    }

    /** Accepts no new connection and waits for the answers in progress. */
    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }

    /** Sends this answer and closes the connection, so that the next request goes to another node. */
    private static void closeAfterAnswer(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            // GOAWAY (RFC 9113, 6.8): the connection closes after the requests in progress. HTTP/2 has no Connection
            // header.
            request.connection().shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS).onFailure(gone -> {});
        } else {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }

    /** Drops the body of a request whose route reads none, and refuses one whose Content-Length is too large. */
    private void bound(RoutingContext ctx) {
        String length = ctx.request().getHeader(HttpHeaders.CONTENT_LENGTH);
        boolean tooLong = length != null
                && length.matches("\\d+")
                && (length.length() > 18 || Long.parseLong(length) > settings.maxBody());
        if (tooLong) {
            ctx.fail(413);
        } else {
            ctx.next();
        }
    }

    private static Throwable cause(@Nullable Throwable failure, int status) {
        return failure == null ? new io.vertx.ext.web.handler.HttpException(status) : failure;
    }

    private HttpServerOptions options() {
        HttpServerOptions all = new HttpServerOptions()
                .setAcceptBacklog(4096)
                // Room for an entity's id of 256 characters and its stream's name, each byte percent-encoded.
                .setMaxInitialLineLength(8192)
                .setTcpNoDelay(true)
                // Otherwise the kernel buffers megabytes for a client that reads nothing, which stays unnoticed.
                .setSendBufferSize(SEND_BUFFER)
                .setIdleTimeout((int) settings.idle().toSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxWebSocketMessageSize(MAX_MESSAGE)
                .setMaxWebSocketFrameSize(MAX_MESSAGE)
                .setWebSocketSubProtocols(MessageFormat.subprotocols())
                // Negotiated here; broadcast compresses frames itself, once for all sockets.
                .setPerMessageWebSocketCompressionSupported(settings.compression())
                .setWebSocketAllowServerNoContext(true)
                // Otherwise each connection would keep a window of 32 KiB for its client's messages.
                .setWebSocketPreferredClientNoContext(true)
                .setPerFrameWebSocketCompressionSupported(false)
                .setRegisterWebSocketWriteHandlers(false);
        return certificates == null
                ? all
                : all.setSsl(true)
                        .setUseAlpn(true)
                        .setKeyCertOptions(certificates.keyCert())
                        .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                        .setSslHandshakeTimeout(settings.readTimeout().toMillis())
                        .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
    }
}
