package io.millrace.sources.postgres;

import static io.millrace.postgres.lease.LeaseDatabase.await;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedPostgres;
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
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.postgres.lease.Leases;
import io.millrace.sources.SourcesFixture;
import io.millrace.sources.SourcesSettings;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.postgres.capture.PostgresPulledSource;
import io.millrace.sources.postgres.capture.SlotAdvance;
import io.millrace.sources.postgres.outbox.OutboxPulledSource;
import io.millrace.sources.postgres.outbox.OutboxSource;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real PostgreSQL that a source reads, another one with the leases, and nodes that run one source before an ingest stage
 * that keeps each id once, as the commit does.
 */
final class PostgresFixture implements AutoCloseable {
    private final Path directory = Files.createTempDirectory("millrace-postgres-source");
    final LeaseDatabase leases = new LeaseDatabase();
    final EmbeddedPostgres server = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, JsonObject> events = new LinkedHashMap<>();
    private final List<String> texts = new ArrayList<>();
    private final List<String> conflicts = new ArrayList<>();
    private int duplicates;
    final List<DeadLetterReport> dead = new CopyOnWriteArrayList<>();
    /** Bytes of the largest event that is taken. */
    volatile int largest = Integer.MAX_VALUE;
    /** Refuses all requests; null takes them. */
    volatile @Nullable MillraceException down;

    PostgresFixture() throws Exception {
        // The engine's first start takes seconds on a machine that does other work too.
        Awaitility.setDefaultTimeout(Duration.ofSeconds(40));
        sql("alter system set wal_level = 'logical'", "alter system set max_wal_senders = 20");
        server.restart();
    }

    /** The ids of the alerts. */
    final Set<String> alerts = ConcurrentHashMap.newKeySet();

    /** A node that runs a source. */
    final class Node {
        final Vertx vertx = Vertx.vertx();
        final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        private final LeaseRunner runner;
        private volatile boolean dead;

        double restarts() {
            return metrics.get("millrace.source.restarts").counter().count();
        }

        Node(ConfiguredSource source) throws Exception {
            Bus bus = new Bus(vertx, Duration.ofSeconds(5));
            await(bus.serve(Addresses.PUBLISH, request -> publish(request, dead)));
            await(bus.serve(Addresses.ROUTE, batch -> {
                batch.events().forEach(event -> alerts.add(event.id()));
                return Future.succeededFuture(new Outcomes(batch.events().stream()
                        .map(event -> Outcome.of(Outcome.Status.COMMITTED, event))
                        .toList()));
            }));
            await(bus.serve(Addresses.DEAD_LETTER_REPORTS, letter -> {
                PostgresFixture.this.dead.add(letter);
                return Future.succeededFuture(new DeadLetterCommandResult(1, 1));
            }));
            NodeContext context = new NodeContext(
                    vertx,
                    bus,
                    DomainModel.parse("pack.yaml", SourcesFixture.PACK),
                    new TokenVerifier(vertx, new byte[32], Clock.systemUTC()),
                    metrics,
                    new Health(),
                    4 << 20);
            SourceMetrics messages = new SourceMetrics(metrics, Clock.systemUTC());
            RetryingIntake taker = new RetryingIntake(vertx, new SourceIntake(context, messages), messages, source);
            runner = LeaseDatabase.onLoop(vertx, () -> {
                LeaseRunner made = new LeaseRunner(
                        vertx,
                        new Leases(
                                LeaseKind.SOURCE,
                                leases.pool(vertx, ""),
                                UUID.randomUUID().toString(),
                                LeaseDatabase.SHORT),
                        LeaseDatabase.SHORT,
                        List.of(pulled(source, taker)),
                        new SystemAlerts(vertx, bus, SystemAlerts.type(context.domains()), "test"),
                        metrics);
                made.start();
                return made;
            });
        }

        private LeasedTask pulled(ConfiguredSource source, RetryingIntake taker) {
            return source instanceof OutboxSource outbox
                    ? new OutboxPulledSource(vertx, outbox, taker)
                    : new PostgresPulledSource(
                            vertx,
                            (PostgresSource) source,
                            taker,
                            new SlotAdvance(1 << 20, System::nanoTime),
                            Clock.systemUTC(),
                            metrics);
        }

        boolean isRunning() {
            return metrics.get("millrace.source.state").gauge().value() == 2;
        }

        String problem() {
            return String.valueOf(runner.reports().get(0).problem());
        }

        double messages(String outcome) {
            return metrics.find("millrace.source.messages").tag("outcome", outcome).counters().stream()
                    .mapToDouble(Counter::count)
                    .sum();
        }

        double gauge(String meter) {
            return metrics.get(meter).gauge().value();
        }

        /** As a node stops. */
        void stop() throws Exception {
            await(LeaseDatabase.onLoop(vertx, runner::stop));
        }

        /** As by kill -9: what it does from now on reaches nobody. */
        void die() throws Exception {
            dead = true;
            await(vertx.close());
        }
    }

    private synchronized Future<Outcomes> publish(PublishRequest request, boolean fromTheDead) {
        MillraceException why = down;
        if (why != null || fromTheDead) {
            return Future.failedFuture(why == null ? new MillraceException(Failure.UNAVAILABLE, "it is dead") : why);
        }
        List<Outcome> outcomes = new ArrayList<>();
        for (byte[] bytes : request.events()) {
            String text = new String(bytes, StandardCharsets.UTF_8);
            JsonObject event = new JsonObject(text);
            if (bytes.length > largest) {
                outcomes.add(Outcome.failed(
                        event.getString("id"), new MillraceException(Failure.TOO_LARGE, "it is too large")));
                continue;
            }
            texts.add(text);
            JsonObject before = events.putIfAbsent(event.getString("id"), event);
            duplicates += before == null ? 0 : 1;
            if (before != null && !before.equals(event)) {
                conflicts.add(before + " / " + event);
            }
            outcomes.add(SourcesFixture.outcome(
                    before == null ? Outcome.Status.COMMITTED : Outcome.Status.DUPLICATE, event));
        }
        return Future.succeededFuture(new Outcomes(outcomes));
    }

    /** What was published, each id once, in order. */
    synchronized List<JsonObject> events() {
        return List.copyOf(events.values());
    }

    /** The documents of the changes, which the files of the tests keep as they are. */
    List<JsonObject> changes() {
        return events().stream()
                .map(event -> event.getJsonObject("data").getJsonObject("change"))
                .toList();
    }

    /** The events as they came, since a JsonObject makes doubles of decimals. */
    synchronized List<String> texts() {
        return List.copyOf(texts);
    }

    synchronized int duplicates() {
        return duplicates;
    }

    /** Events with an id that another event had. */
    synchronized List<String> conflicts() {
        return List.copyOf(conflicts);
    }

    /** A file whose events hold the whole document. */
    String file(String block) {
        return """
                source: shop
                as: { user: shop, roles: [webhook] }
                postgres:
                  uri: %s
                %s
                events:
                  - type: repo:pushed
                    id: "{#id}"
                    data:
                      change:
                        op: "{op}"
                        table: "{schema}.{table}"
                        key: { column: key, as: json, optional: true }
                        before: { column: before, as: json, optional: true }
                        after: { column: after, as: json, optional: true }
                        unchanged: { column: unchanged, as: json, optional: true }
                        lsn: { column: lsn, optional: true }
                        transaction: { column: transaction, as: integer, optional: true }
                        time: "{time}"
                """
                .formatted(server.uri(), block.indent(2));
    }

    Node node(String block) throws Exception {
        return nodeOf(file(block));
    }

    /** Returns at once. */
    Node nodeOf(String yaml) throws Exception {
        Path folder = Files.createTempDirectory(directory, "sources");
        Files.writeString(folder.resolve("source.yaml"), yaml);
        List<ConfigurationError> problems = new ArrayList<>();
        DomainModel domains = DomainModel.parse("pack.yaml", SourcesFixture.PACK);
        SourcesSettings read = SourcesSettings.read(folder, Map.of(), domains, problems);
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(problems.toString());
        }
        Node node = new Node(read.all().get(0));
        nodes.add(node);
        return node;
    }

    Connection connect() throws SQLException {
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + server.port() + "/millrace?user=millrace");
    }

    void sql(String... statements) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    String ask(String sql) throws SQLException {
        try (Connection connection = connect();
                Statement statement = connection.createStatement();
                var rows = statement.executeQuery(sql)) {
            return rows.next() ? String.valueOf(rows.getString(1)) : "nothing";
        }
    }

    /** Each stops first: an engine that starts while Vert.x closes keeps its connection. */
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
    void forget() throws Exception {
        endNodes();
        leases.forget();
        // The engine of a node that died may take its slot only now.
        Awaitility.await().until(() -> {
            sql("select pg_terminate_backend(active_pid) from pg_replication_slots where active_pid is not null");
            return ask("select count(*) from pg_replication_slots where active").equals("0");
        });
        sql(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots",
                "do $$ declare p name; begin for p in select pubname from pg_publication loop"
                        + " execute format('drop publication %I', p); end loop; end $$",
                "drop schema public cascade",
                "create schema public");
        synchronized (this) {
            events.clear();
            texts.clear();
            conflicts.clear();
            duplicates = 0;
        }
        dead.clear();
        down = null;
        largest = Integer.MAX_VALUE;
    }

    @Override
    public void close() throws Exception {
        server.close();
        leases.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
