package io.millrace.aggregate;

import io.millrace.aggregate.live.KpiPublisher;
import io.millrace.aggregate.live.LiveRepository;
import io.millrace.aggregate.rollup.KpiQueries;
import io.millrace.aggregate.rollup.KpiRegistry;
import io.millrace.aggregate.rollup.RollupRepository;
import io.millrace.aggregate.rollup.RollupScheduler;
import io.millrace.contracts.bus.Addresses;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.platform.resilience.StageDrain;
import io.millrace.postgres.PgErrors;
import io.millrace.postgres.PostgresPool;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Updates the roll-ups of the packs' KPIs, and answers queries about them. Nodes share the work by the locks of
 * PostgreSQL, stream by stream. All state belongs to one event loop.
 */
public final class AggregateVerticle extends VerticleBase {
    public static final Stage.Kind<AggregateSettings> KIND = new Stage.Kind<>(
            "aggregate", AggregateSettings::from, (node, settings) -> Stage.of(new AggregateVerticle(node, settings)));

    /**
     * As in persistence, the rows are looked up by their keys, whatever the planner thinks of a young database; jit
     * would cost more than these statements. A crash that loses the last pages loses their progress, too, so commits
     * don't wait for the disk. A node whose machine is gone leaves no lock behind that others would skip for hours.
     */
    private static final String OPTIONS =
            "-c enable_seqscan=off -c jit=off -c synchronous_commit=off" + " -c idle_in_transaction_session_timeout=5s";

    /** One connection for the page in progress, one to compare heads, one for the publication in progress. */
    private static final int WRITERS = 3;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

    private final NodeContext node;
    private final AggregateSettings settings;
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private @Nullable RollupScheduler aggregator;
    private @Nullable KpiPublisher publisher;

    AggregateVerticle(NodeContext node, AggregateSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        PostgresPool postgres = new PostgresPool(vertx, settings.postgres());
        Pool writes = postgres.pool(spec("aggregate", WRITERS, true));
        Pool reads = postgres.pool(spec("kpis", settings.readers(), false));
        return Retry.whileUnavailable(
                        vertx, "the tables of the roll-ups", () -> KpiRegistry.register(writes, node.domains())
                                .recover(PgErrors::toFailure))
                .compose(figures -> {
                    LiveRepository live = new LiveRepository(vertx, writes, reads, figures);
                    return listen(
                            new KpiQueries(reads, figures),
                            live,
                            new RollupScheduler(
                                    vertx,
                                    figures,
                                    new RollupRepository(vertx, writes, figures),
                                    settings,
                                    new Backoff(FIRST_BACKOFF, settings.backoff(), new SecureRandom()),
                                    node.metrics()),
                            new KpiPublisher(vertx, node.bus(), figures, live, node.metrics()));
                });
    }

    private Future<?> listen(KpiQueries kpis, LiveRepository live, RollupScheduler started, KpiPublisher publishing) {
        aggregator = started;
        publisher = publishing;
        node.health().backend("aggregate", () -> {
            String error = started.error();
            return error == null ? publishing.error() : error;
        });
        List<Future<Bus.Registration>> listening = new ArrayList<>();
        listening.add(node.bus().serve(Addresses.KPIS, kpis::rows));
        listening.add(node.bus().serve(Addresses.KPI_VALUES, live::present));
        for (int shard = 0; shard < Addresses.SHARDS; shard++) {
            listening.add(node.bus().listen(Addresses.shard(shard), started::committed));
        }
        return Future.all(listening).onSuccess(all -> {
            registrations.addAll(all.list());
            started.start();
            publishing.start();
        });
    }

    @Override
    public Future<?> stop() {
        RollupScheduler running = aggregator;
        KpiPublisher publishing = publisher;
        if (running == null || publishing == null) {
            return Future.succeededFuture();
        }
        running.stop();
        publishing.stop();
        return Future.join(registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() -> StageDrain.await(vertx, () -> running.idle() && publishing.idle()));
    }

    private PostgresPool.PoolSpec spec(String name, int size, boolean writes) {
        return new PostgresPool.PoolSpec(name, size, writes, OPTIONS, settings.statementTimeout());
    }
}
