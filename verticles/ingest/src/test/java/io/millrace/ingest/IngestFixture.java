package io.millrace.ingest;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Outcomes;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.Principal;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.EventPublishing;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** The ingest stage behind a real HTTP server and on a real bus, before a router that queues every event. */
final class IngestFixture implements AutoCloseable {
    static final int MAX_BODY = 1 << 20;
    private static final String SECRET = "a signing key of the tests' own, long enough";
    private static final Ports PORTS = new Ports();

    final Vertx vertx = Vertx.vertx();
    final int port = PORTS.free();
    final MeterRegistry metrics = new SimpleMeterRegistry();
    final List<Event> routed = new CopyOnWriteArrayList<>();
    final String token = new TokenSigner(SECRET).token("u-1", "admin");
    private final HttpClient client = HttpClient.newHttpClient();
    private final Bus bus;
    final TokenVerifier tokens;
    volatile boolean routerAnswers = true;

    IngestFixture(DomainModel domains, Map<String, String> overrides) throws Exception {
        this(domains, overrides, Duration.ofSeconds(5));
    }

    /**
     * @param overrides settings of the stage and of the HTTP front
     * @param busTimeout how long the router may take
     */
    IngestFixture(DomainModel domains, Map<String, String> overrides, Duration busTimeout) throws Exception {
        bus = new Bus(vertx, busTimeout);
        await(bus.serve(Addresses.ROUTE, batch -> {
            if (!routerAnswers) {
                return Promise.<Outcomes>promise().future();
            }
            routed.addAll(batch.events());
            return Future.succeededFuture(new Outcomes(batch.events().stream()
                    .map(event -> Outcome.of(Status.QUEUED, event))
                    .toList()));
        }));
        Map<String, String> given = new HashMap<>(Map.of("http.port", "" + port, "http.body.max", "" + MAX_BODY));
        given.putAll(overrides);
        Settings settings = Settings.load(null, Map.of(), given);
        tokens = new TokenVerifier(vertx, SECRET.getBytes(StandardCharsets.UTF_8), Clock.systemUTC());
        Health health = new Health();
        NodeContext node = new NodeContext(
                vertx, bus, domains.withMaxEvent(IngestSettings.maxEvent(settings)), tokens, metrics, health, MAX_BODY);
        IngestStage stage = new IngestStage(node, IngestSettings.from(settings));
        await(vertx.deployVerticle(
                new HttpServerVerticle(HttpSettings.from(settings), health, List.of(stage), metrics)));
        await(vertx.deployVerticle(Objects.requireNonNull(stage.verticle())));
    }

    HttpResponse<String> post(String contentType, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/events"))
                .version(HttpClient.Version.HTTP_1_1)
                .timeout(Duration.ofSeconds(15))
                .header("Authorization", "Bearer " + token)
                .POST(BodyPublishers.ofByteArray(body));
        if (!contentType.isEmpty()) {
            request.header("Content-Type", contentType);
        }
        if (headers.length > 0) {
            request.headers(headers);
        }
        return client.send(request.build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String contentType, String body, String... headers) throws Exception {
        return post(contentType, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    /** How many were refused for a reason, by whatever way. */
    double refused(String code) {
        return metrics.find("millrace.ingest.refused").tag("reason", code).counters().stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    /** How many connections were cut for a reason. */
    double cut(String reason) {
        return metrics.get("millrace.http.refused.connections")
                .tag("reason", reason)
                .counter()
                .count();
    }

    HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return client.send(request.timeout(Duration.ofSeconds(15)).build(), BodyHandlers.ofString());
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port + path);
    }

    /** The body of the reply of {@code millrace.ingest}. */
    Object ask(Object message) throws Exception {
        DeliveryOptions options = new DeliveryOptions().addHeader("authorization", "Bearer " + token);
        return await(vertx.eventBus().request(Addresses.INGEST, message, options))
                .body();
    }

    /** As a client publishes over its connection. */
    Outcome publish(byte[] event) throws Exception {
        Principal publisher = new Principal("u-1", Set.of("admin"), new JsonObject(), Long.MAX_VALUE);
        return await(EventPublishing.publish(bus, publisher, event));
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(15, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
