package io.millrace.platform;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP server of a node: one instance an event loop, all on one port. Each stage of the node puts its routes on it,
 * and each instance owns what its routes keep.
 */
public final class HttpFront extends VerticleBase {
    /** Bytes of the largest message that a client may send, by whatever transport. */
    public static final int MAX_MESSAGE = 1 << 20;

    private static final int SEND_BUFFER = 256 << 10;

    private static final int SHUTDOWN_SECONDS = 10;

    private final HttpSettings settings;
    private final Health health;
    private final List<Stage> stages;
    private @Nullable HttpServer server;

    public HttpFront(HttpSettings settings, Health health, List<Stage> stages) {
        this.settings = settings;
        this.health = health;
        this.stages = stages;
    }

    @Override
    public Future<HttpServer> start() {
        Router router = Router.router(vertx);
        router.route().handler(ctx -> {
            ctx.response().putHeader("X-Content-Type-Options", "nosniff");
            if (health.isDraining()) {
                sendAway(ctx.request());
            }
            ctx.next();
        });
        router.route().handler(this::bound);
        int own = router.getRoutes().size();
        stages.forEach(stage -> stage.routes(router));
        if (router.getRoutes().size() > own) {
            health.servesClients();
        }
        router.route().handler(ctx -> ctx.fail(404));
        router.route().failureHandler(ctx -> Problems.answer(ctx, cause(ctx.failure(), ctx.statusCode())));
        router.errorHandler(405, ctx -> Problems.answer(ctx, cause(null, 405)));
        router.errorHandler(404, ctx -> Problems.answer(ctx, cause(null, 404)));
        HttpServer created = vertx.createHttpServer(options()).requestHandler(router);
        server = created;
        return created.listen(settings.port(), settings.host())
                .recover(PortInUse.told("http", settings.host(), settings.port()));
    }

    /** Takes no new connection and waits for the answers under way. */
    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    }

    /** The answer still comes; the next request goes to a node that stays. */
    private static void sendAway(HttpServerRequest request) {
        if (request.version() == HttpVersion.HTTP_2) {
            // GOAWAY (RFC 9113, 6.8): what is under way ends, then the connection. There is no Connection header.
            request.connection().shutdown(SHUTDOWN_SECONDS, TimeUnit.SECONDS).onFailure(gone -> {});
        } else {
            request.response().putHeader(HttpHeaders.CONNECTION, "close");
        }
    }

    /** A route that reads no body drops it as it comes; one that says it is too long isn't taken at all. */
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
        return new HttpServerOptions()
                .setAcceptBacklog(4096)
                .setTcpNoDelay(true)
                // Else the kernel takes megabytes for a client that reads nothing, and nobody notices that it doesn't.
                .setSendBufferSize(SEND_BUFFER)
                .setIdleTimeout((int) settings.idle().toSeconds())
                .setIdleTimeoutUnit(TimeUnit.SECONDS)
                .setMaxWebSocketMessageSize(MAX_MESSAGE)
                .setMaxWebSocketFrameSize(MAX_MESSAGE)
                .setWebSocketSubProtocols(List.of("millrace"))
                // Negotiated here; who writes frames straight to a socket's channel compresses them itself, once for
                // all.
                .setPerMessageWebSocketCompressionSupported(settings.compression())
                .setWebSocketAllowServerNoContext(true)
                // Else each connection would keep a window of 32 KiB for what its client may say.
                .setWebSocketPreferredClientNoContext(true)
                .setPerFrameWebSocketCompressionSupported(false)
                .setRegisterWebSocketWriteHandlers(false);
    }
}
