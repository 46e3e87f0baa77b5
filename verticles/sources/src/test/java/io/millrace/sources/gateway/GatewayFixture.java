package io.millrace.sources.gateway;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
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
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.postgres.lease.Leases;
import io.millrace.sources.SourcesFixture;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.gateway.session.GatewayPulledSource;
import io.millrace.sources.gateway.session.IdentifyLimit;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.testkit.gateway.GatewayStandIn;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A stand-in for Discord, a real PostgreSQL, and nodes that run one bot before an ingest stage of the test's own. */
public final class GatewayFixture implements AutoCloseable {
    /** So far apart may shards identify in tests. */
    private static final Duration IDENTIFY_EVERY = Duration.ofMillis(400);

    public final LeaseDatabase database = new LeaseDatabase();
    public GatewayStandIn gateway = newGateway();
    private final List<Node> nodes = new ArrayList<>();
    /** What every node's ingest stage was asked to publish, and has taken. */
    public final List<JsonObject> published = new CopyOnWriteArrayList<>();

    public final List<DeadLetterReport> dead = new CopyOnWriteArrayList<>();
    /** What the ingest stage answers; null for that it has committed the event. */
    public volatile Function<JsonObject, @Nullable Future<Outcome>> ingest = event -> null;

    public volatile GatewaySourceSettings settings = new GatewaySourceSettings(10_000, 16 << 20, 1 << 20);

    public GatewayFixture() throws Exception {}

    private static GatewayStandIn newGateway() throws Exception {
        GatewayStandIn gateway = new GatewayStandIn();
        gateway.faults.identifyMs = IDENTIFY_EVERY.toMillis() - 100;
        return gateway;
    }

    /** The file of a bot whose messages are events, with more in its block. */
    public String bot(String more) {
        return """
                source: bot
                as: { user: bot, roles: [webhook] }
                gateway: { token: BOT_TOKEN, intents: [GUILDS, GUILD_MESSAGES], api: "%s", plain: true%s }
                events:
                  - type: repo:pushed
                    when: { t: MESSAGE_CREATE }
                    id: "{#id}"
                    data: { message: "{d.id}", guild: "{d.guild_id}" }
                """
                .formatted(gateway.api(), more);
    }

    /** A node that runs the source. */
    public final class Node {
        public final Vertx vertx = Vertx.vertx();
        public final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        private final LeaseRunner runner;
        private volatile boolean gone;

        Node(GatewaySource source) throws Exception {
            Bus bus = new Bus(vertx, Duration.ofSeconds(5));
            await(bus.serve(Addresses.PUBLISH, this::publish));
            await(bus.serve(Addresses.DEAD_LETTER_REPORTS, letter -> {
                dead.add(letter);
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
            runner = LeaseDatabase.onLoop(vertx, () -> run(context, source));
        }

        private LeaseRunner run(NodeContext context, GatewaySource source) {
            SourceMetrics messages = new SourceMetrics(metrics, Clock.systemUTC());
            Pool pool = database.pool(vertx, "");
            List<LeasedTask> shards = new ArrayList<>();
            for (int number = 0; number < source.shards(); number++) {
                shards.add(new GatewayPulledSource(
                        vertx,
                        source,
                        number,
                        settings,
                        LeaseDatabase.SHORT.backoffMax(),
                        new IdentifyLimit(pool, IDENTIFY_EVERY),
                        new RetryingIntake(vertx, new SourceIntake(context, messages), messages, source),
                        Clock.systemUTC(),
                        metrics));
            }
            LeaseRunner made = new LeaseRunner(
                    vertx,
                    new Leases(LeaseKind.SOURCE, pool, UUID.randomUUID().toString(), LeaseDatabase.SHORT),
                    LeaseDatabase.SHORT,
                    shards,
                    SystemAlerts.none(vertx, context.bus()),
                    metrics);
            made.start();
            return made;
        }

        private Future<Outcomes> publish(PublishRequest request) {
            List<Future<Outcome>> outcomes = new ArrayList<>();
            for (byte[] bytes : request.events()) {
                JsonObject event = new JsonObject(new String(bytes, java.nio.charset.StandardCharsets.UTF_8));
                Future<Outcome> answer = ingest.apply(event);
                if (answer == null && !gone) {
                    published.add(event);
                }
                outcomes.add(
                        answer == null
                                ? Future.succeededFuture(SourcesFixture.outcome(Outcome.Status.COMMITTED, event))
                                : answer.otherwise(why -> Outcome.failed(event.getString("id"), why)));
            }
            return Future.all(outcomes).map(all -> new Outcomes(all.list()));
        }

        public TaskStatus.State state() {
            return runner.reports().get(0).state();
        }

        /** How many shards run here. */
        public long running() {
            return runner.reports().stream()
                    .filter(report -> report.state() == TaskStatus.State.RUNNING)
                    .count();
        }

        public boolean isRunning() {
            return state() == TaskStatus.State.RUNNING;
        }

        public String problem() {
            return String.valueOf(runner.reports().get(0).problem());
        }

        public double count(String metric, String outcome) {
            return metrics.find(metric).tag("outcome", outcome).counters().stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        public double sessions(String outcome) {
            return count("millrace.source.sessions", outcome);
        }

        public double waiting() {
            return metrics.get("millrace.source.waiting.messages").gauge().value();
        }

        /** As a node stops. */
        public void stop() throws Exception {
            await(LeaseDatabase.onLoop(vertx, runner::stop));
        }

        /** As by kill -9: the gateway hears nothing more of whoever is connected. */
        public void die() throws Exception {
            gone = true;
            gateway.freeze();
            await(vertx.close());
        }
    }

    /** A node with the usual bot; returns at once. */
    public Node node() throws Exception {
        return node(bot(""));
    }

    public Node node(String yaml) throws Exception {
        Node node = new Node(read(yaml));
        nodes.add(node);
        return node;
    }

    private GatewaySource read(String yaml) throws Exception {
        Path folder = Files.createTempDirectory("millrace-gateway");
        Path file = Files.writeString(folder.resolve("bot.yaml"), yaml);
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", SourcesFixture.PACK);
        SourcesSettings read =
                SourcesSettings.read(folder, Map.of("BOT_TOKEN", "the token of the tests"), domains, problems);
        Files.delete(file);
        Files.delete(folder);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        return (GatewaySource) read.all().get(0);
    }

    /** The ids of the events that were published, in their order, as often as they were. */
    public List<String> ids() {
        return published.stream().map(event -> event.getString("id")).toList();
    }

    public static MillraceException away() {
        return new MillraceException(Failure.UNAVAILABLE, "PostgreSQL is away");
    }

    /** Ends all nodes, and begins with a new gateway. */
    public void forget() throws Exception {
        for (Node node : nodes) {
            await(node.vertx.close());
        }
        nodes.clear();
        database.forget();
        gateway.close();
        gateway = newGateway();
        published.clear();
        dead.clear();
        ingest = event -> null;
        settings = new GatewaySourceSettings(10_000, 16 << 20, 1 << 20);
    }

    @Override
    public void close() throws Exception {
        gateway.close();
        database.close();
    }
}
