package io.millrace.postgres.lease;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several nodes, each with an event loop and a pool of its own, on a real PostgreSQL. */
@Tag("slow")
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class LeaseRunnerTest {
    private static final List<String> SOURCES =
            IntStream.range(0, 12).mapToObj(i -> "source-" + (char) ('a' + i)).toList();

    private static LeaseDatabase database;

    private final Map<String, TestNode> publishers = new ConcurrentHashMap<>();
    private final Set<String> overlaps = new ConcurrentSkipListSet<>();
    private final List<TestNode> nodes = new ArrayList<>();

    @BeforeAll
    static void startDatabase() throws Exception {
        database = new LeaseDatabase();
    }

    @AfterAll
    static void stopDatabase() throws Exception {
        database.close();
    }

    @BeforeEach
    void forget() throws Exception {
        database.forget();
    }

    @AfterEach
    void stop() throws Exception {
        for (TestNode node : nodes) {
            await(node.vertx.close());
        }
        assertEquals(Set.of(), overlaps, "at most one node published for a source");
    }

    @Test
    void manySourcesSpreadOverTheNodesAndMoveWhenANodeComesStopsOrDies() throws Exception {
        TestNode a = node("a", SOURCES);
        await().until(() -> a.running().size() == 12);
        TestNode b = node("b", SOURCES);
        TestNode c = node("c", SOURCES);
        await().until(() -> counts(a, b, c).equals(List.of(4, 4, 4)));

        long before = System.nanoTime();
        await(LeaseDatabase.onLoop(b.vertx, b.runner::stop));
        assertEquals(Set.of(), b.running());
        await().until(() -> counts(a, c).equals(List.of(6, 6)));
        assertTrue(System.nanoTime() - before < LeaseDatabase.SHORT.length().toNanos(), "sooner than a lease ends");

        a.die();
        await().until(() -> c.running().size() == 12);
        assertEquals(Set.copyOf(SOURCES), c.running());
    }

    @Test
    void aNodeThatHungPublishesNothingAfterItWakes() throws Exception {
        TestNode hung = node("hung", List.of("chat"));
        await().until(() -> hung.running().equals(Set.of("chat")));
        CountDownLatch wake = new CountDownLatch(1);
        TestRun old = hung.run("chat");
        hung.vertx.runOnContext(blocked -> {
            try {
                assertTrue(wake.await(30, TimeUnit.SECONDS));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        });
        TestNode other = node("other", List.of("chat"));
        await().until(() -> other.running().equals(Set.of("chat")));
        Future<Boolean> late =
                Future.future(answer -> hung.vertx.runOnContext(first -> answer.complete(old.publish())));
        wake.countDown();
        assertFalse(await(late), "what was waiting is read before any timer ends the lease");
        await().until(() -> hung.running().isEmpty());
        assertEquals(1, hung.metric("millrace.source.lease.losses", "chat"));
    }

    @Test
    void aSourceThatFailsIsStartedAgainAndSaysWhyUntilItRuns() throws Exception {
        AtomicInteger failures = new AtomicInteger(3);
        TestNode node = node("a", List.of("chat"), failures);
        await().until(() -> "failing: the outside system is down".equals(node.problem("chat")));
        await().until(() -> node.running().equals(Set.of("chat")) && node.problem("chat") == null);
        assertEquals(3, node.metric("millrace.source.restarts", "chat"));
        assertEquals(2, node.state("chat"));

        failures.set(1);
        node.vertx.runOnContext(there -> node.run("chat").fail("the connection broke"));
        await().until(() -> node.metric("millrace.source.restarts", "chat") >= 5);
        await().until(() -> node.running().equals(Set.of("chat")));
    }

    @Test
    void aSourceThatFailsOnOneNodeAgainAndAgainIsLeftToAnother() throws Exception {
        TestNode cut = node("a", List.of("chat"), new AtomicInteger(Integer.MAX_VALUE));
        await().until(() -> cut.metric("millrace.source.restarts", "chat") >= 2);
        TestNode well = node("b", List.of("chat"));
        await().until(() -> well.running().equals(Set.of("chat")));
        await().until(() ->
                "left to another node, since it fails here: the outside system is down".equals(cut.problem("chat")));
        assertEquals(Set.of("chat"), well.running(), "and it stays there");
    }

    @Test
    void whilePostgresqlIsAwaySourcesStopAndStartAgainByThemselves() throws Exception {
        TestNode a = node("a", List.of("chat"));
        TestNode b = node("b", List.of("chat"));
        await().until(() -> a.running().size() + b.running().size() == 1);
        database.postgres().kill();
        await().until(() -> a.running().isEmpty() && b.running().isEmpty());
        await().until(() -> "waits for its lease: PostgreSQL doesn't answer".equals(a.problem("chat")));
        database.postgres().restart();
        await().until(() -> a.running().size() + b.running().size() == 1);
        await().until(() -> a.problem("chat") == null && b.problem("chat") == null);
    }

    @Test
    void withoutItsTablesANodeWaitsForThem() throws Exception {
        database.execute("alter table source_leases rename to away");
        TestNode node = node("a", List.of("chat"));
        String waits = "waits for its lease: PostgreSQL has no tables of Millrace's yet";
        await().until(() -> waits.equals(node.problem("chat")));
        database.execute("alter table away rename to source_leases");
        await().until(() -> node.running().equals(Set.of("chat")));
        await().until(() -> node.problem("chat") == null);
    }

    private static List<Integer> counts(TestNode... nodes) {
        return List.of(nodes).stream().map(node -> node.running().size()).toList();
    }

    private TestNode node(String name, List<String> sources) throws Exception {
        return node(name, sources, new AtomicInteger());
    }

    private TestNode node(String name, List<String> sources, AtomicInteger failures) throws Exception {
        TestNode node = new TestNode(name, failures);
        nodes.add(node);
        LeaseDatabase.onLoop(node.vertx, () -> {
            Leases leases = new Leases(LeaseKind.SOURCE, database.pool(node.vertx, ""), name, LeaseDatabase.SHORT);
            node.runner = new LeaseRunner(
                    node.vertx,
                    leases,
                    LeaseDatabase.SHORT,
                    sources.stream().map(node::source).toList(),
                    SystemAlerts.none(node.vertx, new Bus(node.vertx, Duration.ofSeconds(5))),
                    node.metrics);
            node.runner.start();
            return null;
        });
        return node;
    }

    private final class TestNode {
        final String name;
        final Vertx vertx = Vertx.vertx();
        final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        final AtomicInteger failures;
        final Map<String, TestRun> runs = new ConcurrentHashMap<>();
        LeaseRunner runner;

        TestNode(String name, AtomicInteger failures) {
            this.name = name;
            this.failures = failures;
        }

        LeasedTask source(String source) {
            return new LeasedTask() {
                @Override
                public String name() {
                    return source;
                }

                @Override
                public String kind() {
                    return "test";
                }

                @Override
                public Run start(Lease lease) {
                    return new TestRun(TestNode.this, lease);
                }
            };
        }

        TestRun run(String source) {
            return Objects.requireNonNull(runs.get(source));
        }

        Set<String> running() {
            return runs.entrySet().stream()
                    .filter(entry -> entry.getValue().isRunning())
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet());
        }

        /** As by kill -9: nothing is given back. */
        void die() throws Exception {
            runs.values().forEach(run -> run.dead = true);
            await(vertx.close());
        }

        @Nullable
        String problem(String source) {
            return runner.reports().stream()
                    .filter(report -> report.task().equals(source))
                    .findFirst()
                    .orElseThrow()
                    .problem();
        }

        double metric(String metric, String source) {
            return metrics.get(metric).tag("source", source).counter().count();
        }

        double state(String source) {
            return metrics.get("millrace.source.state")
                    .tag("source", source)
                    .gauge()
                    .value();
        }
    }

    /** Publishes every few milliseconds, as long as its lease says that it may, and notes who else does. */
    private final class TestRun implements LeasedTask.Run {
        private final TestNode node;
        private final Lease lease;
        private final Promise<Void> started = Promise.promise();
        private final Promise<Void> ended = Promise.promise();
        private final long timer;
        volatile boolean dead;

        TestRun(TestNode node, Lease lease) {
            this.node = node;
            this.lease = lease;
            node.runs.put(lease.task(), this);
            this.timer = node.vertx.setPeriodic(5, fired -> publish());
            if (node.failures.getAndDecrement() > 0) {
                fail("the outside system is down");
            } else {
                started.complete();
            }
        }

        boolean isRunning() {
            return started.future().isComplete() && !ended.future().isComplete() && !dead;
        }

        /** Whether it may; an overlap is one whose lease began before this one's and hasn't ended. */
        boolean publish() {
            if (dead || ended.future().isComplete() || !lease.isHeld()) {
                return false;
            }
            TestNode before = publishers.put(lease.task(), node);
            if (before != null && before != node) {
                TestRun other = before.run(lease.task());
                if (other.isRunning() && other.lease.isHeld() && lease.isHeld()) {
                    overlaps.add(lease.task() + " at " + before.name + " and " + node.name);
                }
            }
            return true;
        }

        void fail(String why) {
            node.vertx.cancelTimer(timer);
            ended.tryFail(new IllegalStateException(why));
        }

        @Override
        public Future<Void> started() {
            return started.future();
        }

        @Override
        public Future<Void> ended() {
            return ended.future();
        }

        @Override
        public void stop() {
            node.vertx.cancelTimer(timer);
            ended.tryComplete();
        }
    }
}
