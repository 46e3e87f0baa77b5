package io.millrace.persistence;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Event;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcomes;
import io.millrace.platform.Batcher;
import io.millrace.platform.Breaker;
import io.millrace.platform.Bus;
import io.millrace.platform.Idle;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.net.NetClientOptions;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.PoolOptions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes events durable, and reads them back. All state belongs to one event loop. */
public final class PersistenceVerticle extends VerticleBase {
    public static final Stage.Kind<PersistenceSettings> KIND =
            new Stage.Kind<>("persistence", PersistenceSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new PersistenceVerticle(node, settings);
                }
            });

    private static final Logger LOG = LoggerFactory.getLogger(PersistenceVerticle.class);

    /** Statements that one connection may have under way: all of a commit's. */
    private static final int PIPELINE = 16;

    /**
     * Every statement here looks rows up by their keys. On a young database, whose tables were never analysed, the planner
     * would read whole tables instead (measured: ten times the CPU of an event, until the first auto-analyse).
     */
    private static final String INDEX_PLANS = "-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off";

    /**
     * The client caches statements of up to 2,048 characters by default, and has longer ones parsed and planned at each
     * execution: for {@link Sql#WRITE} that was 500 µs of PostgreSQL's CPU a commit, four fifths of a small one.
     */
    static final int LONGEST_STATEMENT = 16_384;

    /** Batches of one kind under way in a lane: one that is written, one that waits behind it. */
    private static final int UNDER_WAY = 2;

    /** Reads that may wait for a connection; commits have their own bound. */
    private static final int MOST_WAITING = 10_000;

    private static final int WATCH_MS = 1_000;
    private static final int FORGET_MS = 60_000;

    private final Node node;
    private final PersistenceSettings settings;
    private final List<Lane> lanes = new ArrayList<>();
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private volatile @Nullable String trouble;

    PersistenceVerticle(Node node, PersistenceSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        // Of each lane: the connection on which batches follow one another, and two lookups for each batch under way,
        // of the
        // urgent and of the ordinary ones.
        Pool commits = pool(settings.lanes() * (1 + 4 * UNDER_WAY), "commits");
        Pool reads = pool(settings.readers(), "reads");
        Dropped dropped = new Dropped(reads, node.metrics());
        Lane.Shared shared = shared(reads, dropped);
        for (int i = 0; i < settings.lanes(); i++) {
            lanes.add(lane("" + i, commits, shared));
        }
        History history = new History(new Reads(reads), settings.maxEntities(), settings.maxStateBytes());
        JourneyReads journeys = new JourneyReads(new Reads(reads));
        watch(reads);
        return vertx.executeBlocking(() -> Migrations.run(settings))
                .compose(migrated -> Future.all(List.of(
                        node.bus().serve(Addresses.COMMIT, this::commit),
                        node.bus().serve(Addresses.DROPPED, dropped::elsewhere),
                        node.bus().serve(Addresses.JOURNEY, journeys::find),
                        node.bus().serve(Addresses.HISTORY, history::page),
                        node.bus().serve(Addresses.HEADS, history::heads),
                        node.bus().serve(Addresses.STREAMS, history::streams),
                        node.bus().serve(Addresses.STATE, history::state),
                        node.bus().serve(Addresses.MOMENT, history::moment),
                        node.bus().serve(Addresses.ENTITY, history::entity))))
                .onSuccess(all -> {
                    registrations.addAll(all.list());
                    vertx.setPeriodic(0, FORGET_MS, timer -> forget(dropped));
                });
    }

    @Override
    public Future<?> stop() {
        return Future.join(registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() -> Idle.await(vertx, this::idle));
    }

    /** On every node: what one has forgotten the others don't find. */
    private void forget(Dropped dropped) {
        dropped.forget(settings.keepDropped())
                .onFailure(error -> LOG.debug("old rows of dropped stay for now: {}", error.getMessage()));
    }

    /** Not ready while PostgreSQL doesn't answer. */
    private void watch(Pool reads) {
        node.health().ready("postgresql", () -> trouble);
        ask(reads);
    }

    /** The next question waits for this answer: to a PostgreSQL that hangs they would pile up. */
    private void ask(Pool reads) {
        Future<?> answer = reads.query("select 1").execute();
        answer.timeout(WATCH_MS, TimeUnit.MILLISECONDS)
                .onComplete(done -> trouble = done.succeeded() ? null : "PostgreSQL doesn't answer");
        answer.onComplete(done -> vertx.setTimer(WATCH_MS, timer -> ask(reads)));
    }

    private boolean idle() {
        return lanes.stream().allMatch(Lane::idle);
    }

    /** Hands each event to the lane of its stream and puts the outcomes back in order. */
    private Future<Outcomes> commit(EventBatch batch) {
        Map<Way, List<Integer>> byWay = new LinkedHashMap<>();
        List<Event> events = batch.events();
        for (int i = 0; i < events.size(); i++) {
            byWay.computeIfAbsent(wayOf(events.get(i)), way -> new ArrayList<>())
                    .add(i);
        }
        if (byWay.size() == 1) {
            Lane lane = byWay.keySet().iterator().next().lane;
            return lane.add(events, batch.passage()).map(Outcomes::new);
        }
        Outcome[] outcomes = new Outcome[events.size()];
        List<Future<?>> parts = new ArrayList<>();
        byWay.forEach((way, indexes) -> parts.add(way.lane
                .add(indexes.stream().map(events::get).toList(), batch.passage())
                .otherwise(error -> indexes.stream()
                        .map(i -> Outcome.failed(events.get(i).id(), error))
                        .toList())
                .onSuccess(part -> {
                    for (int i = 0; i < part.size(); i++) {
                        outcomes[indexes.get(i)] = part.get(i);
                    }
                })));
        return Future.join(parts).map(done -> new Outcomes(List.of(outcomes)));
    }

    /** A lane's queue of urgent events, or of ordinary ones. */
    private record Way(Lane lane, boolean urgent) {}

    private Way wayOf(Event event) {
        Lane lane = lanes.get(Math.floorMod(event.stream().hashCode(), lanes.size()));
        return new Way(lane, event.priority().urgent());
    }

    private Lane.Shared shared(Pool reads, Dropped dropped) {
        return new Lane.Shared(
                node.domains(),
                new Streams(reads, new SecureRandom()),
                new Publisher(node.bus()),
                dropped,
                new Courtesy(vertx),
                new Breaker("persistence", "postgresql", settings.breaker(), node.metrics()),
                Clock.systemUTC(),
                settings.commitTimeout(),
                node.metrics());
    }

    private Lane lane(String name, Pool pool, Lane.Shared shared) {
        return new Lane(
                name,
                pool,
                shared,
                new Memory(settings.memory()),
                // At least half of a commit's time is for PostgreSQL.
                new Batcher.Limits(
                        settings.batch(),
                        settings.waiting(),
                        UNDER_WAY,
                        settings.commitTimeout().dividedBy(2)));
    }

    private Pool pool(int size, String name) {
        PgConnectOptions options = PgConnectOptions.fromUri(settings.uri())
                .setCachePreparedStatements(true)
                .setPreparedStatementCacheSqlLimit(LONGEST_STATEMENT)
                .setPipeliningLimit(PIPELINE)
                .addProperty("application_name", "millrace-" + name)
                .addProperty(
                        "options",
                        INDEX_PLANS + " -c statement_timeout="
                                + settings.statementTimeout().toMillis());
        if (settings.password() != null) {
            options.setPassword(Objects.requireNonNull(settings.password()));
        }
        return PgBuilder.pool()
                .with(new PoolOptions()
                        .setMaxSize(size)
                        .setMaxWaitQueueSize(MOST_WAITING)
                        .setConnectionTimeout(
                                Math.toIntExact(settings.commitTimeout().toMillis()))
                        .setConnectionTimeoutUnit(TimeUnit.MILLISECONDS)
                        .setName(name)
                        .setEventLoopSize(0))
                // A connection that a partition swallowed ends, and with it whatever waits on it.
                .with(new NetClientOptions().setTcpUserTimeout((int)
                        settings.statementTimeout().plusSeconds(5).toMillis()))
                .connectingTo(options)
                .using(vertx)
                .build();
    }
}
