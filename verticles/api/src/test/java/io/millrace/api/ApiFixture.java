package io.millrace.api;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Address;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The api stage behind a real HTTP front; the stages behind it are what a test serves on its bus. */
public final class ApiFixture implements AutoCloseable {
    static final int MAX_BODY = 4_096;
    private static final TokenSigner SIGNER = new TokenSigner("a signing key of the tests' own, long enough");
    private static final Ports PORTS = new Ports();

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final DomainModel domains;
    private final ApiStage stage;
    public final TokenVerifier tokens;
    public final int port = PORTS.free();
    final URI uri = URI.create("http://127.0.0.1:" + port);

    /**
     * @param pack as YAML
     * @param settings names and values in turn
     */
    public ApiFixture(String pack, String... settings) throws Exception {
        Map<String, String> given = new HashMap<>(Map.of("http.port", "" + port, "http.body.max", "" + MAX_BODY));
        for (int i = 0; i < settings.length; i += 2) {
            given.put(settings[i], settings[i + 1]);
        }
        Settings read = Settings.load(null, Map.of(), given);
        byte[] secret = "a signing key of the tests' own, long enough".getBytes(StandardCharsets.UTF_8);
        tokens = new TokenVerifier(vertx, secret, Clock.systemUTC());
        Health health = new Health();
        domains = DomainModel.parse("pack.yaml", pack);
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, metrics, health, MAX_BODY);
        stage = new ApiStage(node, ApiSettings.from(read));
        await(vertx.deployVerticle(stage.verticle()));
        await(vertx.deployVerticle(new HttpServerVerticle(HttpSettings.from(read), health, List.of(stage), metrics)));
    }

    /** What it answers: methods and paths, in their order. */
    List<String> routes() {
        Router router = Router.router(vertx);
        stage.routes(router);
        return router.getRoutes().stream()
                .filter(route -> route.methods() != null)
                .flatMap(route -> route.methods().stream().map(method -> method + " " + route.getPath()))
                .sorted()
                .toList();
    }

    public <Q, R> void serve(Address<Q, R> address, Function<Q, Future<R>> stage) throws Exception {
        await(bus.serve(address, stage));
    }

    public <Q> void publish(Address<Q, Void> address, Q message) {
        bus.publish(address, message);
    }

    public ApiClient api(String user, String... roles) {
        return new ApiClient(uri, SIGNER.token(user, roles));
    }

    /**
     * @param claims besides
     */
    public ApiClient api(String user, JsonObject claims, String role) {
        return new ApiClient(uri, SIGNER.token(user, claims, role));
    }

    public ApiClient anonymous() {
        return new ApiClient(uri, null);
    }

    public String token(String user, String role) {
        return SIGNER.token(user, role);
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
