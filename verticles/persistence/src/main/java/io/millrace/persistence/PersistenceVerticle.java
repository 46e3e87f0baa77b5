package io.millrace.persistence;

import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcomes;
import io.millrace.persistence.alert.AlertMarkStore;
import io.millrace.persistence.alert.AlertTelling;
import io.millrace.persistence.commit.CommitCache;
import io.millrace.persistence.commit.CommitPipeline;
import io.millrace.persistence.commit.ExpiredEventStore;
import io.millrace.persistence.commit.OrdinaryThrottle;
import io.millrace.persistence.connection.ConnectionActs;
import io.millrace.persistence.failover.LostCommits;
import io.millrace.persistence.query.EntityQueries;
import io.millrace.persistence.query.HistoryQueries;
import io.millrace.persistence.query.JourneyQueries;
import io.millrace.persistence.query.ReadPool;
import io.millrace.persistence.retention.Retention;
import io.millrace.persistence.revocation.RevocationStore;
import io.millrace.persistence.store.DatabaseClock;
import io.millrace.persistence.store.DurabilityCheck;
import io.millrace.persistence.store.Migrations;
import io.millrace.persistence.store.StreamRegistry;
import io.millrace.platform.alert.ReportedAlerts;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.bus.ShardPublisher;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.SettingWarnings;
import io.millrace.platform.node.Stage;
import io.millrace.platform.resilience.BatchSplitter;
import io.millrace.platform.resilience.Batcher;
import io.millrace.platform.resilience.Breaker;
import io.millrace.platform.resilience.StageDrain;
import io.millrace.platform.tracing.Hop;
import io.millrace.postgres.PostgresPool;
import io.millrace.postgres.PostgresSettings;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Commits events, and answers queries about them. All state belongs to one event loop. */
public final class PersistenceVerticle extends VerticleBase {
    public static final Stage.Kind<PersistenceSettings> KIND = new Stage.Kind<>(
            "persistence",
            PersistenceSettings::from,
            (node, settings) -> Stage.of(new PersistenceVerticle(node, settings)));

    private static final Logger LOG = LoggerFactory.getLogger(PersistenceVerticle.class);

    /** How many statements one connection may have in progress: all of a commit. */
    private static final int PIPELINE = 16;

    /**
     * Every statement of the stage looks rows up by their keys. On a young database, whose tables were never analysed,
     * the planner would read whole tables instead (measured: ten times the CPU of an event, until the first
     * auto-analyse).
     */
    private static final String INDEX_PLANS = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /**
     * How many batches of one priority class a pipeline may have in progress: one that is written, one that waits for
     * it.
     */
    private static final int UNDER_WAY = 2;

    /** How many reads may wait for a connection; commits have a limit of their own. */
    private static final int MOST_WAITING = 10_000;

    private static final int FORGET_MS = 60_000;

    private final NodeContext node;
    private final PersistenceSettings settings;
    private final List<CommitPipeline> lanes = new ArrayList<>();
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private @Nullable Retention retention;
    private @Nullable LostCommits lost;

    PersistenceVerticle(NodeContext node, PersistenceSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        PostgresPool postgres = new PostgresPool(vertx, settings.postgres());
        Pool commits = postgres.pool(spec("commits", commitConnections(), true));
        Pool reads = postgres.pool(spec("reads", settings.readers(), false));
        node.health().backend("postgresql", postgres::error);
        DatabaseClock clock = new DatabaseClock(vertx, reads);
        ExpiredEventStore dropped = new ExpiredEventStore(commits, node.metrics());
        StreamRegistry streams = new StreamRegistry(commits, new SecureRandom());
        LostCommits found = LostCommits.start(vertx, commits, streams, settings.redis(), this::look, node.metrics());
        lost = found;
        watch(postgres, reads);
        Retention removal = new Retention(node, postgres.pool(retentionSpec()), settings.retention());
        retention = removal;
        CommitPipeline.Shared shared = shared(streams, dropped, found, clock);
        IntStream.range(0, settings.lanes()).forEach(i -> lanes.add(lane("" + i, commits, shared)));
        RevocationStore revocations =
                new RevocationStore(commits, new ReadPool(reads), node.bus(), settings.maxRevocations());
        ConnectionActs connectionActs = new ConnectionActs(commits);
        AlertMarkStore alertMarks = new AlertMarkStore(commits);
        return vertx.executeBlocking(() -> Migrations.run(settings.postgres()))
                .compose(migrated -> prepare(found, clock))
                .compose(warm -> Future.all(List.of(
                        node.bus().serve(Addresses.COMMIT, this::commit),
                        node.bus().serve(Addresses.EXPIRED_EVENTS, dropped::recordRouterDrops),
                        queries(reads),
                        node.bus().serve(Addresses.REVOCATIONS, revocations::find),
                        node.bus().serve(Addresses.REVOCATION_COMMANDS, revocations::command),
                        node.bus().serve(Addresses.CONNECTION_ACTS, connectionActs::record),
                        alerts(commits, alertMarks))))
                .onSuccess(all -> {
                    registrations.addAll(all.list());
                    removal.start();
                    vertx.setPeriodic(
                            0, FORGET_MS, timer -> deleteExpired(dropped, revocations, connectionActs, alertMarks));
                });
    }

    /**
     * Nothing is read or committed before it is known whether the database was restored. And a node that joins others gets its
     * part of the commits from its first moment on.
     */
    private Future<?> prepare(LostCommits found, DatabaseClock clock) {
        found.look();
        return found.looked()
                .compose(known -> clock.begin())
                .compose(asked ->
                        Future.join(lanes.stream().map(CommitPipeline::warmUp).toList()));
    }

    /** Looks whether PostgreSQL keeps what it has committed, and whether it has, when another server has become the primary. */
    private void watch(PostgresPool postgres, Pool reads) {
        DurabilityCheck durability = DurabilityCheck.start(
                vertx,
                reads,
                PostgresSettings.hasSeveralHosts(settings.postgres().uri()),
                new SettingWarnings("PostgreSQL", "postgresql-settings", node.health()));
        postgres.onReturn(durability::ask);
        postgres.onReturn(this::look);
    }

    private void look() {
        lanes.forEach(CommitPipeline::distrust);
        if (lost != null) {
            lost.look();
        }
    }

    @Override
    public Future<?> stop() {
        if (retention != null) {
            retention.stop();
        }
        return Future.join(registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() -> StageDrain.await(vertx, this::idle))
                .eventually(() -> lost == null ? Future.succeededFuture() : lost.stop());
    }

    /** What is asked of the tables; the last registration, the others are noted. */
    private Future<Bus.Registration> queries(Pool reads) {
        HistoryQueries history = new HistoryQueries(
                new ReadPool(reads), settings.maxEntities(), settings.maxStateBytes(), settings.maxPageBytes());
        EntityQueries entities = new EntityQueries(new ReadPool(reads));
        return Future.all(List.of(
                        node.bus().serve(Addresses.HISTORY, history::page),
                        node.bus().serve(Addresses.HEADS, history::heads),
                        node.bus().serve(Addresses.STREAMS, history::streams),
                        node.bus().serve(Addresses.STATE, history::state),
                        node.bus().serve(Addresses.POSITION_AT, history::positionAt),
                        node.bus().serve(Addresses.ENTITY, entities::one),
                        node.bus().serve(Addresses.ENTITIES, entities::list),
                        node.bus().serve(Addresses.ENTITY_HISTORY, entities::history)))
                .onSuccess(all -> registrations.addAll(all.list()))
                .compose(all -> node.bus().serve(Addresses.JOURNEY, new JourneyQueries(new ReadPool(reads))::find));
    }

    private Future<Bus.Registration> alerts(Pool pool, AlertMarkStore marks) {
        ReportedAlerts reports = new ReportedAlerts(System::nanoTime);
        SystemAlerts events = new SystemAlerts(vertx, node.bus(), SystemAlerts.type(node.domains()), "millrace/alerts");
        AlertTelling telling = new AlertTelling(pool, events, reports);
        vertx.setPeriodic(AlertReport.INTERVAL_MS, timer -> telling.look());
        return node.bus()
                .serve(Addresses.ALERT_COMMANDS, marks::command)
                .onSuccess(registrations::add)
                .compose(serves -> reports.listen(node.bus()));
    }

    /**
     * Of each lane: the connection on which batches follow one another, and two lookups for each batch under way, of
     * the urgent and of the ordinary ones.
     */
    private int commitConnections() {
        return settings.lanes() * (1 + 4 * UNDER_WAY);
    }

    /** Runs on every node: rows that one node has deleted are not found by the others. */
    private void deleteExpired(
            ExpiredEventStore dropped,
            RevocationStore revocations,
            ConnectionActs connectionActs,
            AlertMarkStore alertMarks) {
        revocations
                .endExpired()
                .onFailure(error -> LOG.debug("could not delete revocations that have ended: {}", error.getMessage()));
        revocations
                .deleteActsOlderThan(settings.keepRevocationActs())
                .onFailure(error -> LOG.debug("could not delete old rows of revocation_acts: {}", error.getMessage()));
        connectionActs
                .deleteOlderThan(settings.keepRevocationActs())
                .onFailure(error -> LOG.debug("could not delete old rows of connection_acts: {}", error.getMessage()));
        alertMarks
                .forget(settings.keepAlertActs())
                .onFailure(error -> LOG.debug("could not delete old rows of alert_acts: {}", error.getMessage()));
        dropped.deleteOlderThan(settings.keepDropped())
                .onFailure(error -> LOG.debug("could not delete old rows of dropped: {}", error.getMessage()));
    }

    private boolean idle() {
        return lanes.stream().allMatch(CommitPipeline::idle) && (retention == null || retention.isIdle());
    }

    /** Sends each event to the pipeline of its stream and puts the outcomes back in order. */
    private Future<Outcomes> commit(EventBatch batch) {
        return node.tracing()
                .observe(
                        Hop.COMMIT,
                        batch.events(),
                        () -> BatchSplitter.send(
                                batch.events(), this::wayOf, (way, part) -> way.lane.add(part, batch.path())))
                .map(Outcomes::new);
    }

    /** The limits of a pipeline's queue of urgent or ordinary events. */
    private record Way(CommitPipeline lane, boolean urgent) {}

    private Way wayOf(Event event) {
        CommitPipeline lane = lanes.get(Math.floorMod(event.stream().hashCode(), lanes.size()));
        return new Way(lane, event.priority().urgent());
    }

    private CommitPipeline.Shared shared(
            StreamRegistry streams, ExpiredEventStore dropped, LostCommits lost, DatabaseClock clock) {
        return new CommitPipeline.Shared(
                vertx,
                node.domains(),
                streams,
                new ShardPublisher(node.bus()),
                dropped,
                lost,
                new OrdinaryThrottle(vertx),
                new Breaker("persistence", "postgresql", settings.breaker(), node.metrics()),
                clock,
                settings.commitTimeout(),
                node.metrics());
    }

    private CommitPipeline lane(String name, Pool pool, CommitPipeline.Shared shared) {
        return new CommitPipeline(
                name,
                pool,
                shared,
                new CommitCache(settings.memory()),
                // At least half of a commit's time is for PostgreSQL.
                new Batcher.Limits(
                        settings.batch(),
                        settings.waiting(),
                        UNDER_WAY,
                        settings.commitTimeout().dividedBy(2)));
    }

    private PostgresPool.PoolSpec spec(String name, int size, boolean writes) {
        return new PostgresPool.PoolSpec(
                name,
                size,
                writes,
                INDEX_PLANS,
                settings.statementTimeout(),
                PIPELINE,
                MOST_WAITING,
                settings.commitTimeout());
    }

    private PostgresPool.PoolSpec retentionSpec() {
        return new PostgresPool.PoolSpec(
                "retention",
                1,
                true,
                INDEX_PLANS + " " + Retention.options(settings.retention()),
                settings.statementTimeout());
    }
}
