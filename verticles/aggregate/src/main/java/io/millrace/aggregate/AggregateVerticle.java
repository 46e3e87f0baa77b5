package io.millrace.aggregate;

import io.millrace.contracts.Addresses;
import io.millrace.platform.Backoff;
import io.millrace.platform.Bus;
import io.millrace.platform.Idle;
import io.millrace.platform.Node;
import io.millrace.platform.Retry;
import io.millrace.platform.Stage;
import io.millrace.postgres.PgErrors;
import io.millrace.postgres.Postgres;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the roll-ups of the packs' KPIs, and answers what they amount to. Nodes share the work by the locks of
 * PostgreSQL, stream by stream. All state belongs to one event loop.
 */
public final class AggregateVerticle extends VerticleBase {
    public static final Stage.Kind<AggregateSettings> KIND =
            new Stage.Kind<>("aggregate", AggregateSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new AggregateVerticle(node, settings);
                }
            });

    /**
     * As in persistence, the rows are looked up by their keys, whatever the planner thinks of a young database; jit would
     * cost more than these statements. A crash that loses the last pages loses their progress with them, so nobody waits
     * for the disk.
     */
    private static final String OPTIONS = "-c enable_seqscan=off -c jit=off -c synchronous_commit=off";

    /** One for the page under way, one to compare heads. */
    private static final int WRITERS = 2;

    private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);

    private final Node node;
    private final AggregateSettings settings;
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private @Nullable Aggregator aggregator;

    AggregateVerticle(Node node, AggregateSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        Postgres postgres = new Postgres(vertx, settings.postgres());
        Pool writes = postgres.pool(spec("aggregate", WRITERS, true));
        Pool reads = postgres.pool(spec("kpis", settings.readers(), false));
        return Retry.whileUnavailable(
                        vertx, "the tables of the roll-ups", () -> Figures.register(writes, node.domains())
                                .recover(PgErrors::toFailure))
                .compose(figures -> listen(
                        new KpiReads(reads, figures),
                        new Aggregator(
                                vertx,
                                figures,
                                new Rollups(writes, figures),
                                settings,
                                new Backoff(FIRST_BACKOFF, settings.backoff(), new SecureRandom()),
                                node.metrics())));
    }

    private Future<?> listen(KpiReads kpis, Aggregator started) {
        aggregator = started;
        node.health().backend("aggregate", started::trouble);
        List<Future<Bus.Registration>> listening = new ArrayList<>();
        listening.add(node.bus().serve(Addresses.KPIS, kpis::rows));
        for (int shard = 0; shard < Addresses.SHARDS; shard++) {
            listening.add(node.bus().listen(Addresses.shard(shard), started::committed));
        }
        return Future.all(listening).onSuccess(all -> {
            registrations.addAll(all.list());
            started.start();
        });
    }

    @Override
    public Future<?> stop() {
        Aggregator running = aggregator;
        if (running == null) {
            return Future.succeededFuture();
        }
        running.stop();
        return Future.join(registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() -> Idle.await(vertx, running::idle));
    }

    private Postgres.PoolSpec spec(String name, int size, boolean writes) {
        return new Postgres.PoolSpec(name, size, writes, OPTIONS, settings.statementTimeout());
    }
}
