package io.millrace.sources;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.millrace.testkit.process.Ports;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The sources stage behind a real HTTP server, before an ingest stage that answers as a test wants. */
public final class SourcesFixture implements AutoCloseable {
    /** A pack with the types and the role that the files of the tests name. */
    public static final String PACK =
            """
            domain: code
            namespaces:
              repos: { stream: repos }
              system: { stream: system }
            types:
              "system:alert": { namespace: system, priority: critical }
              "repo:pushed": { namespace: repos, priority: high, schema: { type: object } }
              "repo:starred": { namespace: repos, priority: low, schema: { type: object } }
            roles:
              webhook: { publish: ["repo:*"] }
              reader: { see: ["*"] }
            """;

    private static final int MAX_BODY = 1 << 20;

    private final Vertx vertx = Vertx.vertx();
    public final int port = new Ports().free();
    private final HttpClient client = HttpClient.newHttpClient();
    public final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    /** What the ingest stage was asked to publish. */
    public final List<JsonObject> published = new CopyOnWriteArrayList<>();
    /** Who asked. */
    public final List<PublishRequest> requests = new CopyOnWriteArrayList<>();

    public volatile Function<JsonObject, Future<Outcome>> ingest =
            event -> Future.succeededFuture(outcome(Outcome.Status.COMMITTED, event));

    public SourcesFixture(Path folder, Map<String, String> environment) throws Exception {
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", PACK);
        SourcesSettings sources = SourcesSettings.read(folder, environment, domains, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        Bus bus = new Bus(vertx, Duration.ofSeconds(5));
        await(bus.serve(Addresses.PUBLISH, this::publish));
        Settings settings =
                Settings.load(null, Map.of(), Map.of("http.port", "" + port, "http.body.max", "" + MAX_BODY));
        Health health = new Health();
        NodeContext node = new NodeContext(
                vertx,
                bus,
                domains,
                new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                metrics,
                health,
                MAX_BODY);
        SourcesStage stage = new SourcesStage(node, sources);
        await(vertx.deployVerticle(
                new HttpServerVerticle(HttpSettings.from(settings), health, List.of(stage), metrics)));
    }

    private Future<Outcomes> publish(PublishRequest request) {
        requests.add(request);
        List<Future<Outcome>> outcomes = new ArrayList<>();
        for (byte[] bytes : request.events()) {
            JsonObject event = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
            published.add(event);
            outcomes.add(ingest.apply(event).otherwise(why -> Outcome.failed(event.getString("id"), why)));
        }
        return Future.all(outcomes).map(all -> new Outcomes(all.list()));
    }

    /** The outcome of an event of the tests' pack. */
    public static Outcome outcome(Outcome.Status status, JsonObject event) {
        return new Outcome(status, event.getString("id"), "repos", null, null, null, Event.ANY_VERSION, List.of());
    }

    /** An ingest stage that refuses. */
    public static Function<JsonObject, Future<Outcome>> refusing(MillraceException why) {
        return event -> Future.failedFuture(why);
    }

    public HttpResponse<String> post(String source, byte[] body, Map<String, String> headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/api/webhooks/" + source))
                .timeout(Duration.ofSeconds(15))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(body));
        headers.forEach(request::header);
        return client.send(request.build(), BodyHandlers.ofString());
    }

    /** How many messages of a source had an outcome. */
    public double deliveries(String source, String outcome) {
        return metrics
                .find("millrace.source.messages")
                .tag("source", source)
                .tag("outcome", outcome)
                .counters()
                .stream()
                .mapToDouble(counter -> counter.count())
                .sum();
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
