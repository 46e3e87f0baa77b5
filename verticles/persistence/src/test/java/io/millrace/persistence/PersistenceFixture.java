package io.millrace.persistence;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.contracts.bus.Address;
import io.millrace.platform.auth.TokenVerifier;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.Health;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * PostgreSQL and two persistence verticles that take turns on one bus, for as long as a test class runs; beside them one
 * that is alone on a bus of its own, with the same database.
 */
@SuppressWarnings("NullAway.Init")
public final class PersistenceFixture implements BeforeAllCallback, AfterAllCallback {
    private Path directory;
    private final Map<String, String> settings;
    private EmbeddedPostgres postgres;
    private Vertx vertx;
    private Bus bus;
    private Vertx aloneVertx;
    private Bus alone;
    private MeterRegistry aloneMetrics;

    public PersistenceFixture() {
        this(Map.of());
    }

    /** @param settings beside those of a fixture without */
    public PersistenceFixture(Map<String, String> settings) {
        this.settings = settings;
    }

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        directory = Files.createTempDirectory("millrace-postgres");
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        vertx = Vertx.vertx();
        bus = new Bus(vertx, Duration.ofSeconds(60));
        aloneVertx = Vertx.vertx();
        alone = new Bus(aloneVertx, Duration.ofSeconds(60));
        aloneMetrics = new SimpleMeterRegistry();
        deploy(vertx, bus, new SimpleMeterRegistry());
        deploy(vertx, bus, new SimpleMeterRegistry());
        deploy(aloneVertx, alone, aloneMetrics);
    }

    /** One more, on the bus of those two; returns when it works. */
    public void deployAnother() throws Exception {
        deploy(vertx, bus, new SimpleMeterRegistry());
    }

    private void deploy(Vertx on, Bus to, MeterRegistry metrics) throws Exception {
        TokenVerifier tokens = new TokenVerifier(on, new byte[32], Clock.systemUTC());
        NodeContext node = new NodeContext(on, to, Samples.domains(), tokens, metrics, new Health(), 1 << 20);
        Map<String, String> all = new HashMap<>(Map.of(
                "postgres.uri", postgres.uri(),
                "persistence.batch.max", "50",
                "persistence.state.bytes", "1MiB",
                "persistence.history.bytes", "256KiB"));
        all.putAll(settings);
        await(on.deployVerticle(
                new PersistenceVerticle(node, PersistenceSettings.from(Settings.load(null, Map.of(), all)))));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        await(vertx.close());
        await(aloneVertx.close());
        postgres.close();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    public Bus bus() {
        return bus;
    }

    /** Where one verticle alone answers. */
    public Bus alone() {
        return alone;
    }

    /** Commits that the verticle that is alone made in one way. */
    public long commitsAlone(String mode) {
        return Math.round(aloneMetrics.find("millrace.persistence.commits").tag("mode", mode).counters().stream()
                .mapToDouble(Counter::count)
                .sum());
    }

    public <Q, R> R ask(Address<Q, R> address, Q question) throws Exception {
        return await(bus.request(address, question));
    }

    /** A session of the test's own. */
    public PgConnection connect() throws Exception {
        return await(PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres.uri())));
    }

    public Vertx vertx() {
        return vertx;
    }

    public Pool pool() {
        return PgBuilder.pool()
                .connectingTo(PgConnectOptions.fromUri(postgres.uri()))
                .using(vertx)
                .build();
    }

    public long count(String sql) throws Exception {
        return await(PgConnection.connect(vertx, PgConnectOptions.fromUri(postgres.uri()))
                .compose(connection -> connection
                        .query(sql)
                        .execute()
                        .map(rows -> rows.iterator().next().getLong(0))
                        .eventually(connection::close)));
    }

    public void eventually(BooleanSupplier fact) {
        Awaitility.await().until(fact::getAsBoolean);
    }

    public <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
