package io.millrace.sources;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.SourceStatus;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.PostgresPool;
import io.millrace.sources.kafka.KafkaSource;
import io.millrace.sources.kafka.KafkaSourceConsumer;
import io.millrace.sources.lease.LeaseSettings;
import io.millrace.sources.lease.Leases;
import io.millrace.sources.lease.PulledSource;
import io.millrace.sources.lease.SourceRunner;
import io.millrace.sources.publish.ConfiguredSource;
import io.millrace.sources.publish.SourceIntake;
import io.millrace.sources.publish.SourceMetrics;
import io.millrace.sources.redis.RedisSource;
import io.millrace.sources.redis.read.RedisPulledSource;
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
    private final List<PulledSource> pulled = new ArrayList<>();
    private volatile @Nullable SourceRunner runner;

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
            addPulled(settings);
        }
        if (settings != null && !pulled.isEmpty()) {
            runner = run(settings);
        }
        return node.bus().serve(Addresses.SOURCE_MESSAGES, this::takeAgain).onSuccess(served -> redriven = served);
    }

    private void startTopics(String kafka) {
        for (KafkaSource source : sources.of(KafkaSource.class)) {
            KafkaSourceConsumer consumer = new KafkaSourceConsumer(vertx, source, node, intake, kafka);
            topics.add(consumer);
            consumer.start();
        }
    }

    private void addPulled(SourcesSettings.Pulled settings) {
        for (RedisSource source : sources.of(RedisSource.class)) {
            pulled.add(new RedisPulledSource(
                    vertx, source, settings.redis(), intake, metrics, Clock.systemUTC(), node.metrics()));
        }
    }

    private SourceRunner run(SourcesSettings.Pulled settings) {
        LeaseSettings lease = settings.lease();
        Pool pool = new PostgresPool(vertx, settings.postgres())
                .pool(new PostgresPool.PoolSpec("sources", LEASE_CONNECTIONS, true, "", lease.statementTimeout()));
        Leases leases = new Leases(pool, UUID.randomUUID().toString(), lease);
        SourceRunner started = new SourceRunner(vertx, leases, lease, pulled, node.metrics());
        started.start();
        return started;
    }

    /** How the sources are that Millrace reads by itself. Safe from any thread. */
    List<SourceStatus> status() {
        List<SourceStatus> all = new ArrayList<>();
        topics.forEach(topic -> all.add(topic.status(metrics)));
        SourceRunner now = runner;
        if (now != null) {
            now.reports()
                    .forEach(report -> all.add(metrics.status(
                            report.source(), report.kind(), report.state(), report.lag(), report.problem())));
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
        SourceRunner running = runner;
        Bus.Registration served = redriven;
        return Future.join(topics.stream().map(KafkaSourceConsumer::stop).toList())
                .eventually(() -> running == null ? Future.succeededFuture() : running.stop())
                .eventually(() -> served == null ? Future.succeededFuture() : served.close());
    }
}
