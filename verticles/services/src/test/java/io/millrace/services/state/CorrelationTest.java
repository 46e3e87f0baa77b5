package io.millrace.services.state;

import static io.millrace.services.ServiceServers.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.services.ServiceServers;
import io.millrace.services.state.Correlation.Pair;
import io.millrace.services.state.Correlation.Side;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two events that belong together, in a real PostgreSQL. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class CorrelationTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(300);

    private static ServiceServers servers;
    private static Vertx vertx;
    private static ServiceDatabase database;

    private final List<Pair> joined = new CopyOnWriteArrayList<>();
    private final List<Pair> expired = new CopyOnWriteArrayList<>();
    private final List<Correlation> running = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        servers = new ServiceServers();
        vertx = Vertx.vertx();
        database = await(ServiceDatabase.open(vertx, servers.postgres.uri(), "correlations.sql"));
    }

    @AfterAll
    static void close() throws Exception {
        await(vertx.close());
        servers.close();
    }

    @AfterEach
    void forget() throws Exception {
        running.forEach(Correlation::stop);
        servers.query("truncate service_pair_events, service_pairs");
    }

    private Correlation correlation(Duration within) throws Exception {
        return started(new Correlation(
                database,
                "voice",
                within,
                pair -> Future.succeededFuture(joined.add(pair)).mapEmpty(),
                pair -> Future.succeededFuture(expired.add(pair)).mapEmpty()));
    }

    private Correlation started(Correlation correlation) throws Exception {
        running.add(correlation);
        await(correlation.start());
        return correlation;
    }

    private static JsonObject event(String id) {
        return new JsonObject().put("source", "test").put("id", id).put("data", new JsonObject().put("of", id));
    }

    @Test
    void twoEventsOfAKeyAreOnePairInEitherOrderAndOthersArent() throws Exception {
        Correlation voice = correlation(LONG);
        await(voice.accept(Side.LEFT, "a", event("a-state")));
        await(voice.accept(Side.RIGHT, "b", event("b-server")));
        await(voice.accept(Side.LEFT, "c", event("c-state")));
        assertEquals(List.of(), joined);

        await(voice.accept(Side.RIGHT, "a", event("a-server")));
        await(voice.accept(Side.LEFT, "b", event("b-state")));
        assertEquals(List.of("a", "b"), joined.stream().map(Pair::key).toList());
        assertEquals(
                List.of(event("a-state"), event("b-state")),
                joined.stream().map(Pair::left).toList());
        assertEquals(
                List.of(event("a-server"), event("b-server")),
                joined.stream().map(Pair::right).toList());
        assertEquals(List.of(), expired);
    }

    @Test
    void whereOneIsMissingItIsToldOnceWithTheOneThatCame() throws Exception {
        Correlation voice = correlation(SHORT);
        await(voice.accept(Side.LEFT, "a", event("a-state")));
        await(voice.accept(Side.RIGHT, "b", event("b-server")));
        await().until(() -> expired.size() == 2);
        for (Pair pair : expired) {
            assertEquals(pair.key().equals("a") ? event("a-state") : null, pair.left());
            assertEquals(pair.key().equals("b") ? event("b-server") : null, pair.right());
        }
        // It comes too late: the pair is over, and the half begins another.
        await(voice.accept(Side.RIGHT, "a", event("a-server")));
        await().until(() -> expired.size() == 3);
        assertEquals(List.of(), joined);
        await().until(() -> "0".equals(servers.query("select count(*) from service_pairs where state <> 'done'")));
    }

    @Test
    void anEventThatComesAgainIsNoOther() throws Exception {
        Correlation voice = correlation(LONG);
        await(voice.accept(Side.LEFT, "a", event("state")));
        await(voice.accept(Side.LEFT, "a", event("state")));
        await(voice.accept(Side.RIGHT, "a", event("server")));
        await(voice.accept(Side.RIGHT, "a", event("server")));
        await(voice.accept(Side.LEFT, "a", event("state")));
        assertEquals(1, joined.size());
        assertEquals("0", servers.query("select count(*) from service_pairs where state = 'open'"));

        await(voice.accept(Side.RIGHT, "a", event("server-2")));
        await(voice.accept(Side.LEFT, "a", event("state-2")));
        assertEquals(2, joined.size());
        assertNotEquals(joined.get(0).id(), joined.get(1).id());
    }

    @Test
    void aPairThatIsCancelledHasNoOutcomeAndTheNextIsItsOwn() throws Exception {
        Correlation voice = correlation(LONG);
        await(voice.accept(Side.LEFT, "a", event("1"), LONG));
        await(voice.cancel("a", event("end")));
        assertEquals("0", servers.query("select count(*) from service_pairs where key = 'a' and state <> 'done'"));
        await(voice.cancel("nothing", event("other-end")));
        await(voice.accept(Side.LEFT, "b", event("2"), SHORT));
        await().until(() -> expired.size() == 1);
        assertEquals("b", expired.get(0).key());
        await(voice.accept(Side.LEFT, "a", event("3"), LONG));
        // It ends no other when it comes again.
        await(voice.cancel("a", event("end")));
        await(voice.accept(Side.RIGHT, "a", event("4")));
        assertEquals(List.of(event("3")), joined.stream().map(Pair::left).toList());
    }

    @Test
    void ofTwoEventsOfOneSideTheNewerCounts() throws Exception {
        Correlation voice = correlation(LONG);
        await(voice.accept(Side.LEFT, "a", event("state-1")));
        await(voice.accept(Side.LEFT, "a", event("state-2")));
        await(voice.accept(Side.RIGHT, "a", event("server")));
        assertEquals(List.of(event("state-2")), joined.stream().map(Pair::left).toList());
    }

    @Test
    void anOutcomeThatFailsIsDoneAgainWithTheSameIdWhenTheEventComesAgain() throws Exception {
        AtomicInteger attempts = new AtomicInteger();
        Correlation voice = started(new Correlation(
                database,
                "voice",
                LONG,
                pair -> {
                    joined.add(pair);
                    return attempts.incrementAndGet() < 3 ? Future.failedFuture("not yet") : Future.succeededFuture();
                },
                pair -> Future.succeededFuture()));
        await(voice.accept(Side.LEFT, "a", event("state")));
        assertThrows(ExecutionException.class, () -> await(voice.accept(Side.RIGHT, "a", event("server"))));
        assertThrows(ExecutionException.class, () -> await(voice.accept(Side.RIGHT, "a", event("server"))));
        await(voice.accept(Side.RIGHT, "a", event("server")));
        await(voice.accept(Side.RIGHT, "a", event("server")));
        assertEquals(3, joined.size());
        assertEquals(1, joined.stream().map(Pair::id).distinct().count());
    }

    @Test
    void whatAnInstanceLeavesAnotherCompletes() throws Exception {
        Correlation first = correlation(LONG);
        await(first.accept(Side.LEFT, "a", event("a-state")));
        await(first.accept(Side.LEFT, "b", event("b-state")));
        first.stop();
        // While none runs the time goes by, and the second event waits in its stream.
        servers.query("update service_pairs set due_at = now() - interval '1 minute'");

        Correlation second = correlation(LONG);
        await(second.accept(Side.RIGHT, "a", event("a-server")));
        assertEquals(List.of("a"), joined.stream().map(Pair::key).toList());
        assertEquals(List.of(), expired);
        servers.query("update service_pairs set due_at = now() where key = 'b'");
        await().until(() -> expired.stream().map(Pair::key).toList().equals(List.of("b")));
    }

    /** As when an instance has died behind the commit that completed the pair. */
    @Test
    void anOutcomeThatNobodyFinishedIsDoneByWhoeverLooks() throws Exception {
        correlation(LONG);
        servers.query("insert into service_pairs (name, key, left_event, right_event, state, due_at) values"
                + " ('voice', 'a', '{\"id\": \"1\"}', '{\"id\": \"2\"}', 'joined', now()),"
                + " ('voice', 'b', '{\"id\": \"3\"}', null, 'expired', now()),"
                + " ('other', 'c', '{\"id\": \"4\"}', null, 'expired', now())");
        await().until(() -> joined.size() == 1 && expired.size() == 1);
        assertEquals("a", joined.get(0).key());
        assertEquals("b", expired.get(0).key());
    }

    @Test
    void eventsThatComeToManyInstancesAtOnceMakeAsManyPairsAsThereAre() throws Exception {
        Correlation one = correlation(LONG);
        Correlation other = correlation(LONG);
        List<Future<Void>> all = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            all.add(one.accept(Side.LEFT, "k" + i, event("left-" + i)));
            all.add(other.accept(Side.RIGHT, "k" + i, event("right-" + i)));
            all.add(other.accept(Side.LEFT, "k" + i, event("left-" + i)));
        }
        await(Future.all(all));
        assertEquals(100, joined.stream().map(Pair::id).distinct().count());
        assertEquals("100", servers.query("select count(*) from service_pairs where state = 'done'"));
        for (Pair pair : joined) {
            assertEquals(
                    pair.key().replace("k", "left-"),
                    pair.left() == null ? "" : pair.left().getString("id"));
        }
    }
}
