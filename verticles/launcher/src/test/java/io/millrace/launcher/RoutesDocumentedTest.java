package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Route;
import io.vertx.ext.web.Router;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code /docs/openapi.json} is where whoever calls Millrace looks a route up: it has all of them, or the build fails. */
@Timeout(60)
class RoutesDocumentedTest {
    private static final Path CONF = Path.of(System.getProperty("millrace.root", "../.."), "conf");

    @Test
    void everyRouteIsInTheDocumentAndNothingElse() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Router router = Router.router(vertx);
            await(vertx.deployVerticle(new Front(router, vertx)));
            assertEquals(mounted(router), documented(vertx, router));
        } finally {
            await(vertx.close());
        }
    }

    @Test
    void everyPathOfTheIngressLeadsToARoute() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            Router router = Router.router(vertx);
            await(vertx.deployVerticle(new Front(router, vertx)));
            List<String> routes = router.getRoutes().stream()
                    .map(route -> String.valueOf(route.getPath()))
                    .toList();
            String ingress = Files.readString(CONF.resolveSibling("k8s/base/ingress.yaml"));
            List<String> nowhere = Pattern.compile("- path: (\\S+)\\n *pathType: (\\w+)")
                    .matcher(ingress)
                    .results()
                    .filter(path -> routes.stream()
                            .noneMatch(route -> path.group(2).equals("Exact")
                                    ? route.equals(path.group(1))
                                    : route.startsWith(path.group(1))))
                    .map(path -> path.group(1))
                    .toList();
            assertEquals(List.of(), nowhere);
            assertTrue(ingress.contains("- path: /api/events\n"), "it would tell");
        } finally {
            await(vertx.close());
        }
    }

    /** The routes that programs call; the pages explain themselves. */
    private static TreeSet<String> mounted(Router router) {
        TreeSet<String> mounted = new TreeSet<>();
        for (Route route : router.getRoutes()) {
            String path = String.valueOf(route.getPath());
            if (path.startsWith("/eventbus")) {
                // SockJS's own router, behind what admits to it.
                mounted.addAll(List.of("GET /eventbus/{path}", "POST /eventbus/{path}"));
            } else if (route.methods() != null && (path.startsWith("/api/") || path.endsWith(".json"))) {
                for (HttpMethod method : route.methods()) {
                    mounted.add(method + " " + path.replaceAll(":([a-zA-Z]+)", "{$1}"));
                }
            }
        }
        return mounted;
    }

    private static TreeSet<String> documented(Vertx vertx, Router router) throws Exception {
        int port = await(vertx.createHttpServer().requestHandler(router).listen(0, "127.0.0.1"))
                .actualPort();
        HttpClient client = vertx.createHttpClient();
        JsonObject document = await(client.request(HttpMethod.GET, port, "127.0.0.1", "/docs/openapi.json")
                        .compose(request -> request.send().compose(HttpClientResponse::body)))
                .toJsonObject();
        TreeSet<String> documented = new TreeSet<>();
        for (Map.Entry<String, Object> path : document.getJsonObject("paths")) {
            JsonObject item = (JsonObject) path.getValue();
            // Of another port.
            if (!item.containsKey("servers")) {
                for (HttpMethod method : List.of(
                        HttpMethod.GET,
                        HttpMethod.POST,
                        HttpMethod.PATCH,
                        HttpMethod.PUT,
                        HttpMethod.DELETE,
                        HttpMethod.OPTIONS)) {
                    if (item.containsKey(method.name().toLowerCase(java.util.Locale.ROOT))) {
                        documented.add(method + " " + path.getKey());
                    }
                }
            }
        }
        return documented;
    }

    /** Every stage's routes, on an event loop, as on a node; nothing behind them works. */
    private static final class Front extends VerticleBase {
        private final Router router;
        private final NodeContext node;
        private final Configuration configuration;

        Front(Router router, Vertx vertx) throws Exception {
            this.router = router;
            configuration = Configuration.load(CONF, List.of(), Map.of(), Map.of());
            node = new NodeContext(
                    vertx,
                    new Bus(vertx, Duration.ofSeconds(1)),
                    configuration.domains(),
                    new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                    new SimpleMeterRegistry(),
                    new Health(),
                    1 << 20);
        }

        @Override
        public Future<?> start() {
            // Broadcast puts its routes on what its verticle has made.
            Stage broadcast = Objects.requireNonNull(configuration.stages().get("broadcast"))
                    .apply(node);
            return vertx.deployVerticle(Objects.requireNonNull(broadcast.verticle()))
                    .onSuccess(deployed -> {
                        broadcast.routes(router);
                        configuration.stages().forEach((name, stage) -> {
                            if (!name.equals("broadcast")) {
                                stage.apply(node).routes(router);
                            }
                        });
                    });
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }
}
