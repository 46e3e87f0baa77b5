package io.millrace.sources.redis;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterCommandResult;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.PublishRequest;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.lease.LeaseDatabase;
import io.millrace.postgres.lease.LeaseKind;
import io.millrace.postgres.lease.LeaseRunner;
import io.millrace.postgres.lease.Leases;
import io.millrace.redis.RedisSettings;
import io.millrace.sources.SourcesFixture;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.redis.consume.RedisPulledSource;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** A real Redis, a real PostgreSQL, and nodes that run one Redis source before an ingest stage of the test's own. */
public final class RedisFixture implements AutoCloseable {
    private final Path directory = Files.createTempDirectory("millrace-redis-source");
    public final LeaseDatabase database = new LeaseDatabase();
    public final EmbeddedRedis redis = EmbeddedRedis.start(directory.resolve("redis"), 0);
    private final Vertx vertx = Vertx.vertx();
    private final List<Node> nodes = new ArrayList<>();
    /** What every node's ingest stage was asked to publish. */
    public final List<JsonObject> published = new CopyOnWriteArrayList<>();

    public final List<DeadLetterReport> dead = new CopyOnWriteArrayList<>();
    /** What the ingest stage answers; null for that it has committed the event. */
    public volatile Function<JsonObject, @Nullable Future<Outcome>> ingest = event -> null;

    public RedisFixture() throws Exception {}

    /** A node that runs a source. */
    public final class Node {
        public final Vertx vertx = Vertx.vertx();
        public final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        private final LeaseRunner runner;
        private volatile boolean dead;

        Node(RedisSource source, RedisSourceSettings settings) throws Exception {
            Bus bus = new Bus(vertx, Duration.ofSeconds(5));
            await(bus.serve(Addresses.PUBLISH, this::publish));
            await(bus.serve(Addresses.DEAD_LETTER_REPORTS, letter -> {
                RedisFixture.this.dead.add(letter);
                return Future.succeededFuture(new DeadLetterCommandResult(1, 1));
            }));
            NodeContext context = new NodeContext(
                    vertx,
                    bus,
                    DomainModel.parse("pack.yaml", SourcesFixture.PACK),
                    new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                    metrics,
                    new Health(),
                    1 << 20);
            SourceMetrics messages = new SourceMetrics(metrics, Clock.systemUTC());
            runner = LeaseDatabase.onLoop(vertx, () -> {
                LeaseRunner made = new LeaseRunner(
                        vertx,
                        new Leases(
                                LeaseKind.SOURCE,
                                database.pool(vertx, ""),
                                UUID.randomUUID().toString(),
                                LeaseDatabase.SHORT),
                        LeaseDatabase.SHORT,
                        List.of(new RedisPulledSource(
                                vertx,
                                source,
                                settings,
                                new SourceIntake(context, messages),
                                messages,
                                Clock.systemUTC(),
                                metrics)),
                        SystemAlerts.none(vertx, bus),
                        metrics);
                made.start();
                return made;
            });
        }

        private Future<Outcomes> publish(PublishRequest request) {
            if (dead) {
                // What is killed hears nothing more: an answer would let it acknowledge what nobody has.
                return Promise.<Outcomes>promise().future();
            }
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (byte[] bytes : request.events()) {
                JsonObject event = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
                Future<Outcome> answer = ingest.apply(event);
                if (answer == null) {
                    published.add(event);
                }
                outcomes.add(
                        answer == null
                                ? Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.COMMITTED, event))
                                : answer.otherwise(why -> Outcome.failed(event.getString("id"), why)));
            }
            return Future.all(outcomes).map(all -> new Outcomes(all.list()));
        }

        public boolean isRunning() {
            return metrics.get("millrace.source.state").gauge().value() == 2;
        }

        public String problem() {
            return String.valueOf(runner.reports().get(0).problem());
        }

        public double messages(String outcome) {
            return metrics.find("millrace.source.messages").tag("outcome", outcome).counters().stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        public double waiting() {
            return metrics.get("millrace.source.waiting.messages").gauge().value();
        }

        /** As a node stops. */
        public void stop() throws Exception {
            await(LeaseDatabase.onLoop(vertx, runner::stop));
        }

        /** As by kill -9. */
        public void die() throws Exception {
            dead = true;
            await(vertx.close());
        }
    }

    public Node node(String yaml) throws Exception {
        return node(yaml, 10_000, Map.of());
    }

    /** Returns at once. */
    public Node node(String yaml, int buffer, Map<String, String> environment) throws Exception {
        Path folder = Files.createTempDirectory(directory, "sources");
        Files.writeString(folder.resolve("redis.yaml"), yaml);
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", SourcesFixture.PACK);
        SourcesSettings read = SourcesSettings.read(folder, environment, domains, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        Node node = new Node(
                (RedisSource) read.all().get(0),
                new RedisSourceSettings(RedisSettings.at(redis.uri()), buffer, 16 << 20));
        nodes.add(node);
        return node;
    }

    /** Sends a command; an integer, a text or a list comes back. */
    public @Nullable Response command(Command command, Object... arguments) throws Exception {
        Request request = Request.cmd(command);
        for (Object argument : arguments) {
            request.arg(argument.toString());
        }
        // A client for each, since Redis is killed in between.
        Redis client = Redis.createClient(vertx, new RedisOptions().setConnectionString(redis.uri()));
        try {
            return await(client.send(request));
        } finally {
            await(client.close());
        }
    }

    public long number(Command command, Object... arguments) throws Exception {
        return Objects.requireNonNull(
                Objects.requireNonNull(command(command, arguments)).toLong());
    }

    /** The ids of the events that were published, each once, in their order. */
    public List<String> ids() {
        return published.stream().map(event -> event.getString("id")).distinct().toList();
    }

    public static MillraceException away() {
        return new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away");
    }

    /** Redis sees some time after a connection was closed that it is. */
    void awaitListeners(int connections) {
        Awaitility.await().until(() -> {
            String clients = String.valueOf(command(Command.CLIENT, "LIST", "TYPE", "PUBSUB"));
            return clients.lines().filter(line -> !line.isBlank()).count() == connections;
        });
    }

    /** Each stops first: what starts again while Vert.x closes keeps its connection. */
    private void endNodes() throws Exception {
        for (Node node : nodes) {
            if (!node.dead) {
                node.stop();
            }
            await(node.vertx.close());
        }
        nodes.clear();
    }

    /** Ends all nodes, and empties everything. */
    public void forget() throws Exception {
        endNodes();
        awaitListeners(0);
        database.forget();
        command(Command.FLUSHALL);
        published.clear();
        dead.clear();
        ingest = event -> null;
    }

    @Override
    public void close() throws Exception {
        endNodes();
        await(vertx.close());
        redis.close();
        database.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
