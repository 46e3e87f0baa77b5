package io.millrace.persistence.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedPostgres;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.persistence.failover.RestoreCheck.Identity;
import io.millrace.persistence.failover.RestoreCheck.Known;
import io.millrace.persistence.store.Migrations;
import io.millrace.postgres.PostgresSettings;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Row;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A PostgreSQL that was restored from a backup, as the rows of its tables and the key in Redis tell it. */
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RestoreCheckTest {
    private static final Identity HERE = new Identity(7, 5, 1, "public");
    private static final Identity PROMOTED = new Identity(7, 5, 2, "public");

    @TempDir
    static Path directory;

    private static EmbeddedPostgres postgres;
    private static EmbeddedRedis redis;

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Pool pool = PgBuilder.pool()
            .connectingTo(PgConnectOptions.fromUri(postgres.uri()))
            .using(vertx)
            .build();
    private final List<String> moved = new ArrayList<>();
    private final List<RestoreCheck> checks = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        postgres = EmbeddedPostgres.start(directory.resolve("postgres"), 0);
        redis = EmbeddedRedis.start(directory.resolve("redis"), 0);
        Migrations.run(new PostgresSettings(postgres.uri(), null));
    }

    @AfterAll
    static void stop() {
        redis.close();
        postgres.close();
    }

    @BeforeEach
    void oneStreamThatASinkFollows() throws Exception {
        tell("truncate streams, sink_positions, sink_parked");
        tell("insert into streams (name, epoch, head) values ('orders', 'k3x', 9)");
        tell("insert into sink_positions values ('feed', 'orders', 'k3x', 8)");
        tell("insert into sink_parked (sink, stream, epoch, pos, key, attempts, first_ms, due_ms, dead)"
                + " values ('feed', 'orders', 'k3x', 1, 'k', 1, 0, 0, true)");
    }

    @AfterEach
    void close() throws Exception {
        for (RestoreCheck check : checks) {
            await(check.stop());
        }
        await(pool.close());
        await(vertx.close());
    }

    @Test
    void aDatabaseThatIsOlderThanWhatRedisKnowsBeginsItsStreamsAnewOnceAndSinksGoOn() throws Exception {
        RestoreCheck before = node();
        look(before);
        String epoch = epoch();
        long beat = beat();
        commit(before);
        Awaitility.await().until(() -> beat() > beat);
        await(before.stop());
        checks.remove(before);
        look(node());
        assertEquals(epoch, epoch(), "nothing was restored");

        tell("update database_state set beat = " + beat);
        look(node());
        assertNotEquals(epoch, epoch());
        assertEquals(1, restores());
        assertEquals(epoch(), text("select epoch from sink_positions where stream = 'orders'"));
        assertEquals(epoch(), text("select epoch from sink_parked where stream = 'orders'"));
        assertEquals(8, number("select pos from sink_positions"));

        String anew = epoch();
        look(node());
        assertEquals(anew, epoch(), "once is enough");
    }

    @Test
    void aDumpInAnotherDatabaseAndARecoveryToAnotherTimelineAreNoticedWithoutRedis() throws Exception {
        look(node());
        for (String other : List.of("system = system + 1", "database = database + 1", "timeline = timeline + 1")) {
            String epoch = epoch();
            tell("update database_state set " + other);
            look(new RestoreCheck(
                    vertx,
                    pool,
                    new RestoreWitness(vertx, RedisSettings.at("redis://127.0.0.1:1")),
                    () -> {},
                    metrics));
            assertNotEquals(epoch, epoch(), other);
        }
        assertEquals(3, restores());
    }

    @Test
    void aNodeThatRunsNoticesBeforeItsNextBeatThatItsDatabaseIsAnOlderOne() throws Exception {
        RestoreCheck runs = node();
        look(runs);
        long first = beat();
        commit(runs);
        Awaitility.await().until(() -> beat() > first);
        String epoch = epoch();
        tell("update database_state set beat = " + first);
        commit(runs);
        Awaitility.await().until(() -> !moved.isEmpty());
        look(runs);
        assertNotEquals(epoch, epoch());
    }

    @Test
    void anOperatorsCallIsNoticedByANodeThatRuns() throws Exception {
        RestoreCheck runs = node();
        look(runs);
        String epoch = epoch();
        assertTrue(number("select reset_streams()") > 0);
        assertNotEquals(epoch, epoch());
        commit(runs);
        Awaitility.await().until(() -> !moved.isEmpty());
        String anew = epoch();
        look(runs);
        assertEquals(anew, epoch(), "it has begun anew already");
        assertEquals(0, restores());
    }

    @Test
    void afterAFailoverWhileANodeRanAFewBeatsMayBeMissing() {
        Known runs = new Known(HERE, 100, 0);
        Known promoted = new Known(HERE, 100 - RestoreCheck.FAILOVER_BEATS, 0);
        assertNull(RestoreCheck.sign(promoted, PROMOTED, 100, runs));
        assertNotNull(RestoreCheck.sign(new Known(HERE, 1, 0), PROMOTED, 100, runs), "recovered to a time in the past");
        assertNotNull(RestoreCheck.sign(promoted, HERE, 100, runs), "no failover: an older copy of the files");
        assertNotNull(RestoreCheck.sign(runs, PROMOTED, 100, null), "nobody knows what the failover has lost");
        assertNull(RestoreCheck.sign(new Known(HERE, 101, 0), HERE, 100, null));
    }

    @Test
    void aNodeThatStartsDuringAFailoverWaitsForTheOthersToNoteTheNewTimeline() throws Exception {
        RestoreCheck runs = node();
        look(runs);
        String epoch = epoch();
        tell("update database_state set timeline = timeline + 1");
        Future<?> started = vertx.timer(1).compose(onLoop -> node().check());
        await(vertx.timer(1_000));
        assertFalse(started.isComplete());
        look(runs);
        await(started);
        assertEquals(epoch, epoch(), "a node that ran has seen the promotion");
        assertEquals(0, restores());
    }

    @Test
    void theBeatCountsTimeHoweverManyNodesCommit() throws Exception {
        List<RestoreCheck> nodes = List.of(node(), node(), node());
        for (RestoreCheck node : nodes) {
            look(node);
        }
        long first = beat();
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < TimeUnit.SECONDS.toNanos(5)) {
            nodes.forEach(this::commit);
            await(vertx.timer(50));
        }
        long grown = beat() - first;
        assertTrue(grown >= 2 && grown <= 4, "every two seconds: " + grown);
        long before = beat();
        commit(nodes.get(0));
        await(vertx.timer(100));
        await(nodes.get(0).stop());
        checks.remove(nodes.get(0));
        assertTrue(beat() > before, "a node that stops waits for no other");
    }

    @Test
    void anotherSchemaOfTheDatabaseHasABeatOfItsOwn() throws Exception {
        tell("update database_state set beat = beat + 1000");
        look(node());
        tell("create schema other");
        tell("create table other.database_state (like database_state including all)");
        tell("insert into other.database_state default values");
        Pool other = PgBuilder.pool()
                .connectingTo(PgConnectOptions.fromUri(postgres.uri()).addProperty("search_path", "other"))
                .using(vertx)
                .build();
        look(node(other));
        assertEquals(0, restores());
        assertEquals(0, number("select beat from other.database_state"));
        await(checks.remove(1).stop());
        await(other.close());
    }

    private RestoreCheck node() {
        return node(pool);
    }

    private RestoreCheck node(Pool pool) {
        RestoreCheck check = new RestoreCheck(
                vertx,
                pool,
                new RestoreWitness(vertx, RedisSettings.at(redis.uri())),
                () -> moved.add("moved"),
                metrics);
        checks.add(check);
        return check;
    }

    private void look(RestoreCheck check) throws Exception {
        await(vertx.timer(1).compose(onLoop -> check.check()));
    }

    private double restores() {
        return metrics.counter("millrace.persistence.restores").count();
    }

    private long beat() throws Exception {
        return number("select beat from database_state");
    }

    private String epoch() throws Exception {
        return text("select epoch from streams where name = 'orders'");
    }

    private void commit(RestoreCheck node) {
        vertx.runOnContext(committed -> node.committed());
    }

    private long number(String sql) throws Exception {
        return ask(sql).getLong(0);
    }

    private String text(String sql) throws Exception {
        return ask(sql).getString(0);
    }

    private Row ask(String sql) throws Exception {
        return await(pool.query(sql).execute()).iterator().next();
    }

    private void tell(String sql) throws Exception {
        await(pool.query(sql).execute());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }
}
