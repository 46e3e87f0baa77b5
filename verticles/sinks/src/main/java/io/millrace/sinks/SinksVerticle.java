package io.millrace.sinks;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.postgres.PostgresPool;
import io.millrace.postgres.lease.LeaseKind;
import io.millrace.postgres.lease.LeaseRunner;
import io.millrace.postgres.lease.Leases;
import io.millrace.sinks.admin.SinkAdministration;
import io.millrace.sinks.follow.SinkPositions;
import io.millrace.sinks.follow.SinkServices;
import io.millrace.sinks.follow.SinkTask;
import io.millrace.sinks.kafka.KafkaSink;
import io.millrace.sinks.kafka.KafkaTarget;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.millrace.sinks.redis.RedisSink;
import io.millrace.sinks.redis.RedisTarget;
import io.millrace.sinks.service.ServiceSink;
import io.millrace.sinks.service.ServiceTarget;
import io.millrace.sinks.webhook.WebhookSink;
import io.millrace.sinks.webhook.WebhookTarget;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** Runs the sinks whose leases this node has, and wakes them. All state belongs to one event loop. */
final class SinksVerticle extends VerticleBase {
    private static final int CONNECTIONS = 4;

    private final NodeContext node;
    private final SinksSettings sinks;
    private final List<SinkTask> tasks = new CopyOnWriteArrayList<>();
    private List<Bus.Registration> listening = List.of();
    private volatile @Nullable LeaseRunner runner;

    SinksVerticle(NodeContext node, SinksSettings sinks) {
        this.node = node;
        this.sinks = sinks;
    }

    @Override
    public Future<?> start() {
        SinksSettings.Needs needs = sinks.needs();
        if (needs == null) {
            return Future.succeededFuture();
        }
        Pool pool = new PostgresPool(vertx, needs.postgres())
                .pool(new PostgresPool.PoolSpec(
                        "sinks", CONNECTIONS, true, "", needs.lease().statementTimeout()));
        SystemAlerts alerts = new SystemAlerts(vertx, node.bus(), SystemAlerts.type(node.domains()), "millrace/sinks");
        SinkServices services = new SinkServices(
                node,
                needs.follow(),
                pool,
                new SinkPositions(pool, node.metrics()),
                new PositionCipher(node.tokens().keyFor("position")),
                alerts);
        for (ConfiguredSink sink : sinks.all()) {
            SinkMetrics metrics = new SinkMetrics(sink.sink().name(), node.metrics(), Clock.systemUTC());
            tasks.add(new SinkTask(sink, metrics, services, context -> target(sink, context, needs)));
        }
        Leases leases = new Leases(LeaseKind.SINK, pool, UUID.randomUUID().toString(), needs.lease());
        LeaseRunner started = new LeaseRunner(vertx, leases, needs.lease(), tasks, alerts, node.metrics());
        return listen(new SinkAdministration(pool, node.bus(), needs.webhook().parked()))
                .onSuccess(registered -> {
                    if (!tasks.isEmpty()) {
                        runner = started;
                        started.start();
                    }
                });
    }

    private static SinkTarget target(ConfiguredSink sink, SinkContext context, SinksSettings.Needs needs) {
        if (sink instanceof RedisSink redis) {
            return new RedisTarget(redis, context, needs.redis());
        }
        if (sink instanceof KafkaSink kafka) {
            return new KafkaTarget(kafka, context, needs.kafka());
        }
        if (sink instanceof ServiceSink service) {
            return new ServiceTarget(service, context);
        }
        if (sink instanceof WebhookSink webhook) {
            return new WebhookTarget(webhook, context, needs.webhook());
        }
        throw new IllegalStateException("a sink of an unknown kind: " + sink.kind());
    }

    private Future<?> listen(SinkAdministration administration) {
        List<Future<Bus.Registration>> all = new ArrayList<>();
        all.add(node.bus().serve(Addresses.SINKS, administration::find));
        all.add(node.bus().serve(Addresses.SINK_COMMANDS, administration::execute));
        for (int shard = 0; shard < Addresses.SHARDS && !tasks.isEmpty(); shard++) {
            all.add(node.bus().listen(Addresses.shard(shard), this::committed));
        }
        return Future.all(all).onSuccess(registered -> listening = registered.list());
    }

    /** Only wakes: what is sent is read from history, in order. */
    private void committed(CommittedBatch batch) {
        String last = "";
        for (CommittedEvent event : batch.events()) {
            String stream = event.event().stream();
            if (event.position() != null && !stream.equals(last)) {
                tasks.forEach(task -> task.committed(stream));
                last = stream;
            }
        }
    }

    /** How the sinks are. Safe from any thread. */
    List<TaskStatus> status() {
        LeaseRunner now = runner;
        if (now == null) {
            return List.of();
        }
        List<TaskStatus> all = new ArrayList<>();
        for (LeaseRunner.Report report : now.reports()) {
            tasks.stream()
                    .filter(task -> task.name().equals(report.task()))
                    .forEach(task -> all.add(status(report, task.metrics())));
        }
        return all;
    }

    private static TaskStatus status(LeaseRunner.Report report, SinkMetrics metrics) {
        return new TaskStatus(
                report.task(),
                report.kind(),
                report.state(),
                report.lag(),
                report.problem(),
                metrics.lastSentMs(),
                metrics.lastError(),
                metrics.lastErrorMs());
    }

    @Override
    public Future<?> stop() {
        LeaseRunner running = runner;
        return (running == null ? Future.succeededFuture() : running.stop())
                .eventually(() -> Future.join(
                        listening.stream().map(Bus.Registration::close).toList()));
    }
}
