package io.millrace.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.Stage;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.BodyHandler;
import java.net.ServerSocket;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A front with routes of every kind, and what its tests ask it with. */
public final class HttpFixture implements Stage {
    public static final String GOOD = "GET /thing HTTP/1.1\r\nHost: front\r\n\r\n";

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        router.get("/thing").handler(ctx -> ctx.response()
                .putHeader("ETag", "\"1\"")
                .end("got " + ctx.request().getParam("q"))
                .onFailure(gone -> {}));
        router.get("/things/:id")
                .handler(ctx ->
                        ctx.response().end("thing " + ctx.pathParam("id")).onFailure(gone -> {}));
        router.post("/things/:id").handler(BodyHandler.create(false)).handler(ctx -> ctx.response()
                .end("took " + ctx.body().length())
                .onFailure(gone -> {}));
        router.get("/broken").handler(ctx -> {
            throw new IllegalStateException("a secret of io.millrace.Something");
        });
        router.get("/endless")
                .putMetadata(HttpServerVerticle.ENDLESS, true)
                .handler(ctx -> ctx.response().setChunked(true).write("here\n").onFailure(gone -> {}));
    }

    /** Its port. */
    public static int front(Vertx vertx, MeterRegistry metrics, String... settings) throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0)) {
            free = socket.getLocalPort();
        }
        Map<String, String> given = new HashMap<>(Map.of("http.port", "" + free));
        for (int i = 0; i < settings.length; i += 2) {
            given.put(settings[i], settings[i + 1]);
        }
        HttpSettings http = HttpSettings.from(Settings.load(null, Map.of(), given));
        done(vertx.deployVerticle(
                () -> new HttpServerVerticle(http, new Health(), List.of(new HttpFixture()), metrics),
                new DeploymentOptions().setInstances(2)));
        return free;
    }

    /** What is answered over HTTP/2. */
    public static String body(HttpClient client, HttpMethod method, String path, int status) throws Exception {
        return done(client.request(method, path)
                .compose(request -> request.send().compose(response -> {
                    assertEquals(status, response.statusCode());
                    assertEquals(HttpVersion.HTTP_2, response.version());
                    return response.body();
                }))
                .map(Buffer::toString));
    }

    /** One connection of HTTP/2, with prior knowledge. */
    public static HttpClient http2(Vertx vertx, int port) {
        return vertx.createHttpClient(new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false)
                .setDefaultHost("127.0.0.1")
                .setDefaultPort(port));
    }

    public static JsonObject problem(String answer) {
        return new JsonObject(Buffer.buffer(answer.substring(answer.indexOf("\r\n\r\n") + 4)));
    }

    public static <T extends @Nullable Object> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
