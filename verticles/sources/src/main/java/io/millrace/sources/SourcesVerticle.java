package io.millrace.sources;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.kafka.KafkaSettings;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.PostgresPool;
import io.millrace.postgres.lease.LeaseKind;
import io.millrace.postgres.lease.LeaseRunner;
import io.millrace.postgres.lease.LeaseSettings;
import io.millrace.postgres.lease.LeasedTask;
import io.millrace.postgres.lease.Leases;
import io.millrace.sources.gateway.GatewaySource;
import io.millrace.sources.gateway.session.GatewayPulledSource;
import io.millrace.sources.gateway.session.IdentifyLimit;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.kafka.KafkaSource;
import io.millrace.sources.kafka.KafkaSourceConsumer;
import io.millrace.sources.postgres.PostgresSource;
import io.millrace.sources.postgres.capture.PostgresPulledSource;
import io.millrace.sources.postgres.capture.SlotAdvance;
import io.millrace.sources.postgres.outbox.OutboxPulledSource;
import io.millrace.sources.postgres.outbox.OutboxSource;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.consume.RedisPulledSource;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** What the stage does without being asked by a sender of webhooks. All state belongs to one event loop. */
final class SourcesVerticle extends VerticleBase {
    private static final int LEASE_CONNECTIONS = 4;

    private final NodeContext node;
    private final SourcesSettings sources;
    private final SourceIntake intake;
    private final List<KafkaSourceConsumer> topics = new CopyOnWriteArrayList<>();
    private Bus.@Nullable Registration redriven;
    private final SourceMetrics metrics;
    private volatile @Nullable LeaseRunner runner;

    SourcesVerticle(NodeContext node, SourceMetrics metrics, SourcesSettings sources) {
        this.node = node;
        this.metrics = metrics;
        this.sources = sources;
        this.intake = new SourceIntake(node, metrics);
    }

    @Override
    public Future<?> start() {
        SourcesSettings.Pulled settings = sources.pulled();
        if (settings != null) {
            startTopics(settings.kafka());
            runner = run(settings);
        }
        return node.bus().serve(Addresses.SOURCE_MESSAGES, this::takeAgain).onSuccess(served -> redriven = served);
    }

    private void startTopics(KafkaSettings kafka) {
        for (KafkaSource source : sources.of(KafkaSource.class)) {
            KafkaSourceConsumer consumer = new KafkaSourceConsumer(vertx, source, node, intake, kafka);
            topics.add(consumer);
            consumer.start();
        }
    }

    /** Runs the sources that need a lease; null if there are none. */
    private @Nullable LeaseRunner run(SourcesSettings.Pulled settings) {
        List<RedisSource> redis = sources.of(RedisSource.class);
        List<GatewaySource> gateways = sources.of(GatewaySource.class);
        List<PostgresSource> databases = sources.of(PostgresSource.class);
        List<OutboxSource> outboxes = sources.of(OutboxSource.class);
        if (redis.isEmpty() && gateways.isEmpty() && databases.isEmpty() && outboxes.isEmpty()) {
            return null;
        }
        LeaseSettings lease = settings.lease();
        Pool pool = new PostgresPool(vertx, settings.postgres())
                .pool(new PostgresPool.PoolSpec("sources", LEASE_CONNECTIONS, true, "", lease.statementTimeout()));
        List<LeasedTask> pulled = new ArrayList<>();
        redis.forEach(source -> pulled.add(new RedisPulledSource(
                vertx, source, settings.redis(), intake, metrics, Clock.systemUTC(), node.metrics())));
        gateways.forEach(source -> pulled.addAll(shards(source, settings, pool)));
        databases.forEach(source -> pulled.add(new PostgresPulledSource(
                vertx, source, taker(source), new SlotAdvance(), Clock.systemUTC(), node.metrics())));
        outboxes.forEach(source -> pulled.add(new OutboxPulledSource(vertx, source, taker(source))));
        Leases leases = new Leases(LeaseKind.SOURCE, pool, UUID.randomUUID().toString(), lease);
        SystemAlerts alerts =
                new SystemAlerts(vertx, node.bus(), SystemAlerts.type(node.domains()), "millrace/sources");
        LeaseRunner started = new LeaseRunner(vertx, leases, lease, pulled, alerts, node.metrics());
        started.start();
        return started;
    }

    private RetryingIntake taker(ConfiguredSource source) {
        return new RetryingIntake(vertx, intake, metrics, source);
    }

    private List<LeasedTask> shards(GatewaySource source, SourcesSettings.Pulled settings, Pool pool) {
        IdentifyLimit limit = new IdentifyLimit(pool, IdentifyLimit.EVERY);
        List<LeasedTask> shards = new ArrayList<>();
        for (int number = 0; number < source.shards(); number++) {
            shards.add(new GatewayPulledSource(
                    vertx,
                    source,
                    number,
                    settings.gateway(),
                    settings.lease().backoffMax(),
                    limit,
                    taker(source),
                    Clock.systemUTC(),
                    node.metrics()));
        }
        return shards;
    }

    /** How the sources are that Millrace reads by itself. Safe from any thread. */
    List<TaskStatus> status() {
        List<TaskStatus> all = new ArrayList<>();
        topics.forEach(topic -> all.add(topic.status(metrics)));
        LeaseRunner now = runner;
        if (now != null) {
            now.reports()
                    .forEach(report -> all.add(metrics.status(
                            report.task(), report.kind(), report.state(), report.lag(), report.problem())));
        }
        return all;
    }

    private Future<Outcomes> takeAgain(DeadLetterReport letter) {
        for (ConfiguredSource source : sources.all()) {
            if (source.source().name().equals(letter.source())) {
                return intake.again(source, SourceIntake.message(letter));
            }
        }
        throw new MillraceException(Failure.NOT_FOUND, "there is no source " + letter.source() + " any more");
    }

    @Override
    public Future<?> stop() {
        LeaseRunner running = runner;
        Bus.Registration served = redriven;
        List<Future<?>> stopping = new ArrayList<>();
        topics.forEach(topic -> stopping.add(topic.stop()));
        if (running != null) {
            stopping.add(running.stop());
        }
        return Future.join(stopping).eventually(() -> served == null ? Future.succeededFuture() : served.close());
    }
}
