package io.millrace.api;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Address;
import io.millrace.contracts.domain.Domains;
import io.millrace.platform.Bus;
import io.millrace.platform.Health;
import io.millrace.platform.HttpFront;
import io.millrace.platform.HttpSettings;
import io.millrace.platform.Node;
import io.millrace.platform.Tokens;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.Api;
import io.millrace.testkit.Ports;
import io.millrace.testkit.TokenSigner;
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
final class ApiFixture implements AutoCloseable {
    static final int MAX_BODY = 4_096;
    private static final TokenSigner SIGNER = new TokenSigner("a signing key of the tests' own, long enough");
    private static final Ports PORTS = new Ports();

    final Vertx vertx = Vertx.vertx();
    final Bus bus = new Bus(vertx, Duration.ofSeconds(5));
    final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    final Domains domains;
    private final ApiStage stage;
    final int port = PORTS.free();
    final URI uri = URI.create("http://127.0.0.1:" + port);

    /**
     * @param pack as YAML
     * @param settings names and values in turn
     */
    ApiFixture(String pack, String... settings) throws Exception {
        Map<String, String> given = new HashMap<>(Map.of("http.port", "" + port, "http.body.max", "" + MAX_BODY));
        for (int i = 0; i < settings.length; i += 2) {
            given.put(settings[i], settings[i + 1]);
        }
        Settings read = Settings.load(null, Map.of(), given);
        byte[] secret = "a signing key of the tests' own, long enough".getBytes(StandardCharsets.UTF_8);
        Tokens tokens = new Tokens(vertx, secret, Clock.systemUTC());
        Health health = new Health();
        domains = Domains.parse("pack.yaml", pack);
        Node node = new Node(vertx, bus, domains, tokens, metrics, health, MAX_BODY);
        stage = new ApiStage(node, ApiSettings.from(read));
        await(vertx.deployVerticle(new HttpFront(HttpSettings.from(read), health, List.of(stage), metrics)));
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

    <Q, R> void serve(Address<Q, R> address, Function<Q, Future<R>> stage) throws Exception {
        await(bus.serve(address, stage));
    }

    Api api(String user, String... roles) {
        return new Api(uri, SIGNER.token(user, roles));
    }

    /**
     * @param claims besides
     */
    Api api(String user, JsonObject claims, String role) {
        return new Api(uri, SIGNER.token(user, claims, role));
    }

    Api anonymous() {
        return new Api(uri, null);
    }

    String token(String user, String role) {
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
