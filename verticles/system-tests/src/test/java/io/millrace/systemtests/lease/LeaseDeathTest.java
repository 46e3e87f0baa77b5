package io.millrace.systemtests.lease;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.backends.RunningBackends;
import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What one node runs at a time: the node that does is killed under load, as often as {@code millrace.deaths} says, ten times
 * at most, and then one hangs and wakes.
 */
@Tag("long")
@Order(44)
@SuppressWarnings("NullAway.Init")
final class LeaseDeathTest {
    /** The promise. */
    private static final Duration WITHIN = Duration.ofSeconds(15);

    private static final Duration SETTLE = Duration.ofSeconds(120);
    private static final int DEATHS = Math.min(10, Integer.getInteger("millrace.deaths", 1));
    private static final int BETWEEN_DEATHS = 50;
    private static final long EVERY_NANOS = 20_000_000;

    private static final Ports PORTS = new Ports();
    private static OwnServers servers;
    private static Pipeline pipeline;

    @BeforeAll
    static void start() {
        servers = new OwnServers("lease-deaths");
        pipeline = new Pipeline(
                Pipeline.Layout.ONE_PROCESS, Repository.CONF, Repository.OUTPUTS, servers.running(), PORTS);
    }

    @AfterAll
    static void stop() {
        pipeline.close();
        servers.close();
    }

    /** What runs on one node at a time. */
    enum Kind {
        POSTGRES,
        OUTBOX,
        REDIS,
        GATEWAY,
        REDIS_SINK,
        WEBHOOK_SINK;

        LeasedLoad load(RunningBackends servers, Pipeline pipeline) throws Exception {
            return switch (this) {
                case POSTGRES, OUTBOX -> new DatabaseLoad(this == OUTBOX, servers);
                case REDIS -> new RedisStreamLoad(servers);
                case GATEWAY -> new GatewayLoad(servers);
                case REDIS_SINK, WEBHOOK_SINK -> new SinkLoad(this == WEBHOOK_SINK, servers, pipeline);
            };
        }
    }

    @ParameterizedTest
    @EnumSource
    void itMovesWithin15SecondsAndNothingIsLostOrDoubled(Kind kind) throws Exception {
        try (LeasedLoad load = kind.load(servers.running(), pipeline);
                MillraceProcess one = node(kind + "-1", load);
                MillraceProcess two = node(kind + "-2", load)) {
            Pair nodes = new Pair(one, two, load);
            nodes.start();
            Sender sender = new Sender(load);
            CompletableFuture<Void> sending = CompletableFuture.runAsync(sender);
            for (int death = 0; death < DEATHS; death++) {
                int least = load.arrived() + BETWEEN_DEATHS;
                await().atMost(SETTLE).until(() -> sender.goesOn() && load.arrived() > least);
                MillraceProcess dying = nodes.holder();
                dying.kill();
                load.died();
                nodes.awaitMoved("after kill -9", dying);
                dying.launch();
                dying.awaitReady();
            }
            MillraceProcess hung = nodes.holder();
            double taken = hang(hung, nodes, sender);
            sender.stopped = true;
            sending.get();
            awaitArrived(load, sender);
            load.check(sender.sent);
            assertEquals(taken, nodes.taken(hung), "nothing by the one that hung");
            nodes.report(kind, sender.sent);
        }
    }

    /** Stops a node and wakes it when another has taken over; returns what it had made of it before. */
    private static double hang(MillraceProcess hung, Pair nodes, Sender sender) {
        sender.paused = true;
        awaitArrived(nodes.load(), sender);
        double taken = nodes.awaitTaken(hung);
        hung.signal("STOP");
        try {
            nodes.load().died();
            sender.paused = false;
            nodes.awaitMoved("from a node that hangs", hung);
        } finally {
            hung.signal("CONT");
        }
        await().atMost(WITHIN).until(() -> nodes.of(hung, "_lease_losses_total") == 1);
        assertFalse(nodes.runs(hung), "it knows that it isn't its any more");
        return taken;
    }

    private static void awaitArrived(LeasedLoad load, Sender sender) {
        await().atMost(SETTLE).until(() -> sender.goesOn() && !sender.isSending() && load.arrived() >= sender.sent);
    }

    private static MillraceProcess node(String name, LeasedLoad load) throws Exception {
        Path conf = Repository.OUTPUTS.resolve("conf-of-" + name);
        Repository.delete(conf);
        Repository.copy(Repository.CONF, conf);
        load.configure(conf, name);
        MillraceProcess.Builder node =
                new MillraceProcess.Builder(name, Release.here(conf), Repository.OUTPUTS, Pipeline.SECRET, PORTS);
        load.environment().forEach(node::environment);
        return node.stages(load.stage())
                .set("sinks.webhook.networks", "127.0.0.0/8")
                .backends(pipeline.backends())
                .cluster(pipeline.clusterName(), pipeline.members())
                .build();
    }

    /** Two nodes that can run it. */
    private record Pair(MillraceProcess one, MillraceProcess two, LeasedLoad load, List<Double> moves) {
        Pair(MillraceProcess one, MillraceProcess two, LeasedLoad load) {
            this(one, two, load, new ArrayList<>());
        }

        void start() {
            one.launch();
            two.launch();
            one.awaitReady();
            two.awaitReady();
            await().atMost(SETTLE).until(() -> runs(one) || runs(two));
        }

        MillraceProcess holder() {
            return runs(one) ? one : two;
        }

        boolean runs(MillraceProcess process) {
            return process.isAlive() && process.isReady() && of(process, "_state") == 2;
        }

        double of(MillraceProcess process, String metric) {
            String kind = load.stage().substring(0, load.stage().length() - 1);
            return new MetricsReader(process)
                    .sum("millrace_" + kind + metric + "{" + kind + "=\"" + load.name() + "\"");
        }

        /** What a node has made of it, by its own word. */
        double taken(MillraceProcess process) {
            return new MetricsReader(process)
                    .sum(
                            load.stage().equals("sinks")
                                    ? "millrace_sink_events_total{outcome=\"sent\""
                                    : "millrace_source_events_total{");
        }

        /** When nothing is under way. */
        double awaitTaken(MillraceProcess process) {
            double now = taken(process);
            await().atMost(SETTLE).during(Duration.ofSeconds(1)).until(() -> taken(process) == now);
            return now;
        }

        void awaitMoved(String how, MillraceProcess from) {
            MillraceProcess to = from == one ? two : one;
            long began = System.nanoTime();
            await().atMost(WITHIN).pollInterval(Duration.ofMillis(100)).until(() -> runs(to));
            moves.add((System.nanoTime() - began) / 1e9);
            System.out.printf(Locale.ROOT, "%s: moved %s in %.1f s%n", load.name(), how, moves.get(moves.size() - 1));
        }

        void report(Kind kind, int sent) {
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d deaths and a hang, moved in %.1f to %.1f s; %d sent, 0 lost, 0 doubled%n",
                    kind,
                    DEATHS,
                    moves.stream().mapToDouble(move -> move).min().orElse(0),
                    moves.stream().mapToDouble(move -> move).max().orElse(0),
                    sent);
        }
    }

    /** Fifty in a second. */
    private static final class Sender implements Runnable {
        private final LeasedLoad load;
        volatile int sent;
        volatile boolean paused;
        volatile boolean stopped;
        private volatile boolean idle;
        private volatile @Nullable Throwable failed;

        Sender(LeasedLoad load) {
            this.load = load;
        }

        /** Fails if it has. */
        boolean goesOn() {
            if (failed != null) {
                throw new IllegalStateException(failed);
            }
            return true;
        }

        /** Whether one may be under way though it is paused or stopped. */
        boolean isSending() {
            return !idle;
        }

        @Override
        public void run() {
            try {
                while (!stopped) {
                    idle = paused;
                    if (!idle) {
                        int next = sent + 1;
                        load.send(next);
                        sent = next;
                    }
                    LockSupport.parkNanos(EVERY_NANOS);
                }
                idle = true;
            } catch (Exception | AssertionError gone) {
                failed = gone;
            }
        }
    }
}
