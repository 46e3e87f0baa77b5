package io.millrace.aggregate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.kpi.KpiQuery;
import io.millrace.contracts.kpi.KpiRows;
import io.millrace.contracts.kpi.KpiValues;
import io.millrace.contracts.kpi.KpiValuesQuery;
import io.millrace.contracts.kpi.Rollup;
import io.millrace.domain.DomainModel;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import io.vertx.sqlclient.Tuple;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A PostgreSQL with the real tables, for as long as a test class runs; committed events for it, written as persistence
 * writes them; and nodes of the stage, as many as a test wants.
 */
@SuppressWarnings("NullAway.Init")
public final class AggregateFixture implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private static final Path MIGRATIONS =
            Path.of(System.getProperty("millrace.root"), "verticles/persistence/src/main/resources/db/migration");
    private static final String HEAD = "insert into streams (name, epoch, head) values ($1, 'e', $2)"
            + " on conflict (name) do update set head = streams.head + excluded.head, changed_at = now() returning id, head";
    private static final String EVENT =
            "insert into events (stream, pos, id, source, type, time, priority, data, publisher)"
                    + " values ($1, $2, $3, 'test', $4, $5, 1, $6::text::json, 'test')";

    private final List<String> nodes = new ArrayList<>();
    private final List<KpiValues.Value> published = new CopyOnWriteArrayList<>();
    private Path directory;
    private EmbeddedPostgres postgres;
    private Vertx vertx;
    private Bus bus;
    private Pool pool;
    private Health health;
    private MeterRegistry metrics;

    /** An event to be committed: its type, when it happened, its data with ' for ". */
    public record Fact(String type, String time, String data) {}

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-rollups");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        vertx = Vertx.vertx();
        bus = new Bus(vertx, Duration.ofSeconds(60));
        await(bus.listen(Addresses.KPI_CHANGES, values -> published.addAll(values.values())));
        pool = pool("public");
        try (Stream<Path> files = Files.list(MIGRATIONS)) {
            for (Path file : files.sorted(Comparator.comparingInt(AggregateFixture::version))
                    .toList()) {
                await(pool.query(Files.readString(file)).execute());
            }
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        stopAll();
        published.clear();
    }

    /** Of V10__what.sql 10, which comes after 9. */
    private static int version(Path file) {
        String name = file.getFileName().toString();
        return Integer.parseInt(name.substring(1, name.indexOf("__")));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        await(vertx.close());
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** Further connections, which look for tables in these schemas. */
    public Pool pool(String schemas) {
        return PgBuilder.pool()
                .with(new PoolOptions().setMaxSize(4))
                .connectingTo(PgConnectOptions.fromUri(postgres.uri()).addProperty("search_path", schemas))
                .using(vertx)
                .build();
    }

    /** What is wrong with the stage on the node that was started last; null if nothing is. */
    public @Nullable String trouble() {
        return health.degraded().getString("aggregate");
    }

    /** How many events the node that was started last has missed, since history had removed them. */
    public double removed() {
        return metrics.counter("millrace.aggregate.removed.events").count();
    }

    public Bus bus() {
        return bus;
    }

    public void execute(String sql) throws Exception {
        var unused = await(pool.query(sql).execute());
    }

    /** Another node, with small pages, so that there are many. */
    public void node(DomainModel domains) throws Exception {
        TokenVerifier tokens = new TokenVerifier(vertx, new byte[32], Clock.systemUTC());
        health = new Health();
        metrics = new SimpleMeterRegistry();
        NodeContext node = new NodeContext(vertx, bus, domains, tokens, metrics, health, 1 << 20);
        AggregateSettings settings = AggregateSettings.from(Settings.load(
                null,
                Map.of(),
                Map.of(
                        "postgres.uri", postgres.uri(),
                        "aggregate.page.max", "7",
                        "aggregate.streams.max", "3",
                        "aggregate.pause", "5ms",
                        "aggregate.backoff.max", "200ms")));
        nodes.add(await(vertx.deployVerticle(new AggregateVerticle(node, settings))));
    }

    /** Stops the node that was started first. */
    public void stopOne() throws Exception {
        await(vertx.undeploy(nodes.remove(0)));
    }

    public void stopAll() throws Exception {
        for (String node : nodes) {
            await(vertx.undeploy(node));
        }
        nodes.clear();
    }

    /** Commits to a stream. The bus says nothing of it: what it loses is found too. */
    public void commit(String stream, Fact... facts) throws Exception {
        await(pool.withTransaction(connection -> connection
                .preparedQuery(HEAD)
                .execute(Tuple.of(stream, facts.length))
                .compose(rows -> {
                    int id = rows.iterator().next().getInteger(0);
                    long first = rows.iterator().next().getLong(1) - facts.length + 1;
                    List<Tuple> events = new ArrayList<>();
                    for (int i = 0; i < facts.length; i++) {
                        events.add(Tuple.of(
                                id,
                                first + i,
                                UUID.randomUUID().toString(),
                                facts[i].type,
                                OffsetDateTime.parse(facts[i].time),
                                facts[i].data.replace('\'', '"')));
                    }
                    return connection.preparedQuery(EVENT).executeBatch(events);
                })));
    }

    /** Commits to a stream, and tells every node, as persistence does. */
    public void publish(String stream, Fact... facts) throws Exception {
        commit(stream, facts);
        Event event = Event.builder("1", "a:b", "").priority(Priority.LOW).expectedVersion(0).stream(stream)
                .build();
        bus.publish(
                Addresses.shard(Addresses.shardOf(stream)),
                new CommittedBatch(List.of(new CommittedEvent(event, new Position("e", 1), 0, null))));
    }

    /** The values of a KPI that were published since the test began, oldest first. */
    public List<KpiValues.Value> published(String kpi) {
        return published.stream().filter(value -> value.kpi().equals(kpi)).toList();
    }

    /** The present value of a KPI, as whoever follows it has it. */
    public JsonObject present(String kpi) throws Exception {
        KpiValues values = await(bus.request(Addresses.KPI_VALUES, new KpiValuesQuery(List.of(kpi))));
        return new JsonObject(Buffer.buffer(values.values().get(0).data()));
    }

    public Vertx vertx() {
        return vertx;
    }

    public Pool pool() {
        return pool;
    }

    /** A KPI over all time: {@code value of count}. */
    public String total(String kpi) throws Exception {
        return ask(KpiQuery.totals(List.of(kpi))).rows().stream()
                .map(row -> row.value() + " of " + row.count())
                .collect(Collectors.joining());
    }

    /** The beginning of each period, and {@code value of count}. */
    public Map<String, String> by(Rollup rollup, String kpi) throws Exception {
        return by(rollup, kpi, Instant.parse("0001-01-01T00:00:00Z"), Instant.parse("9999-12-31T00:00:00Z"), 1_000);
    }

    public Map<String, String> by(Rollup rollup, String kpi, Instant from, Instant to, int limit) throws Exception {
        Map<String, String> rows = new LinkedHashMap<>();
        for (KpiRows.Row row : ask(new KpiQuery(List.of(kpi), rollup, micros(from), micros(to), limit))
                .rows()) {
            String start = Instant.ofEpochSecond(row.startMicros() / 1_000_000)
                    .atOffset(ZoneOffset.UTC)
                    .toLocalDate()
                    .toString();
            rows.put(start, row.value() + " of " + row.count());
        }
        return rows;
    }

    /** When each period begins, and its value. */
    public Map<String, String> starts(Rollup rollup, String kpi) throws Exception {
        Map<String, String> rows = new LinkedHashMap<>();
        for (KpiRows.Row row : ask(new KpiQuery(List.of(kpi), rollup, 0, Long.MAX_VALUE / 2, 100))
                .rows()) {
            rows.put(Instant.ofEpochSecond(row.startMicros() / 1_000_000).toString(), String.valueOf(row.value()));
        }
        return rows;
    }

    public long count(String sql) throws Exception {
        return await(pool.query(sql).execute()).iterator().next().getLong(0);
    }

    private KpiRows ask(KpiQuery query) throws Exception {
        return await(bus.request(Addresses.KPIS, query));
    }

    private static long micros(Instant instant) {
        return instant.getEpochSecond() * 1_000_000;
    }

    public static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    /** Ends PostgreSQL as a crash would, and starts it again. */
    public void crashPostgres() throws IOException {
        postgres.kill();
        postgres.restart();
    }
}
