package io.millrace.systemtests.soak;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.systemtests.load.FaultInjection;
import io.millrace.testkit.process.Pipeline;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * All five demos and a steady load, for as many minutes as {@code millrace.soak.minutes} says ({@code scripts/soak}): quiet at
 * first, then with faults, then quiet again. At the end nothing is lost, doubled or missed, and what the processes and
 * servers hold has not grown, but for what may. The drawing and the figures lie in {@code target/soak}.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("SoakTest")
@Order(41)
final class SoakTest {
    private static final Path OUTPUTS = Repository.OUTPUTS.resolve("soak");
    private static final long SEED = Long.getLong("millrace.soak.seed", 20_272_464L);
    private static final Duration LENGTH = Duration.ofMinutes(Integer.getInteger("millrace.soak.minutes", 3));
    /** A short run asks more of the pipeline, a long one leaves the machine to others. */
    private static final int RATE =
            Integer.getInteger("millrace.soak.rate", LENGTH.compareTo(Duration.ofMinutes(10)) < 0 ? 100 : 10);

    private static final Duration ROUND = Duration.ofMinutes(10);
    /** Before the first fault, and after the last one. */
    private static final Duration QUIET = least(LENGTH.dividedBy(3), Duration.ofMinutes(10));

    private static final Duration FAULT_EVERY =
            most(Duration.ofSeconds(20), least(LENGTH.dividedBy(10), Duration.ofMinutes(10)));
    /** How long a process grows by itself: classes, compiled code, buffers, caches. */
    private static final Duration WARM_UP = least(LENGTH.dividedBy(3), Duration.ofMinutes(10));

    private static final Duration LOOK_EVERY = least(LENGTH.dividedBy(60), Duration.ofSeconds(10));
    private static final Duration HEAP_EVERY = LOOK_EVERY.multipliedBy(6);

    /** What fills up until its bound does so within minutes. */
    private static final Map<String, String> SMALL = Map.of(
            "cache.ttl", "1m",
            "cache.versions.max", "2000",
            "cache.near.max", "500",
            "persistence.cache.max", "256KiB",
            "broadcast.recent.events", "200",
            "auth.cache.max", "1MiB",
            "sources.backoff.max", "2s");

    private final Random random = new Random(SEED);
    private final List<Double> faults = new ArrayList<>();
    /** Each kind comes once before one comes again. */
    private final List<FaultInjection> dealt = new ArrayList<>();

    private final List<String> ended = new ArrayList<>();

    @Test
    void nothingIsLostAndNothingGrows() throws Exception {
        System.out.printf("soak: %d minutes, %d events/s, seed %d%n", LENGTH.toMinutes(), RATE, SEED);
        Repository.delete(OUTPUTS);
        OwnServers servers = new OwnServers("soak");
        Path conf = AllDemos.conf(Files.createDirectories(OUTPUTS).resolve("conf"), servers.running());
        try (ConsistencyScenario ordeal =
                        new ConsistencyScenario(servers, conf, RATE, Pipeline.Layout.FOUR_PROCESSES, SMALL);
                Ingress ingress = new Ingress(OUTPUTS.resolve("nginx"), ordeal.pipeline());
                AllDemos demos = new AllDemos(conf, ordeal.pipeline(), ingress.uri(), OUTPUTS);
                PassingClients clients = new PassingClients(ordeal.pipeline(), LENGTH.dividedBy(120), 5);
                Sampler sampler = new Sampler(ordeal, demos, LOOK_EVERY, HEAP_EVERY, WARM_UP, OUTPUTS)) {
            run(ordeal, sampler);
            List<Sample> samples = sampler.samples();
            sampler.close();
            clients.close();
            System.out.println("soak: " + clients.summary());
            SoakReport report = new SoakReport(samples, WARM_UP.toSeconds(), faults);
            report.write(
                    OUTPUTS,
                    "%d minutes, %d events/s and five demos, %d faults, seed %d"
                            .formatted(LENGTH.toMinutes(), RATE, faults.size(), SEED));
            System.out.print(report.table());
            System.out.println("soak: " + ordeal.verdict());
            assertEquals(List.of(), ended, "processes that ended by themselves");
            demos.assertAlive();
            // Some may have been late.
            long planned = LENGTH.minus(QUIET.multipliedBy(2)).dividedBy(FAULT_EVERY);
            assertTrue(2L * faults.size() >= planned, () -> faults.size() + " of " + planned + " faults");
            assertEquals(EnumSet.allOf(Line.class), report.drawn(), "what could be looked at");
            assertEquals(List.of(), clients.faults(), "what subscribers who came and went saw");
            assertEquals(List.of(), report.growing(), "what grows; drawn in " + OUTPUTS.resolve("soak.svg"));
        }
    }

    private void run(ConsistencyScenario ordeal, Sampler sampler) throws InterruptedException {
        double nextFault = QUIET.toSeconds();
        double nextRound = ROUND.toSeconds();
        while (sampler.seconds() < LENGTH.toSeconds() && ended.isEmpty()) {
            ordeal.processes().stream()
                    .filter(process -> !process.isAlive())
                    .forEach(process -> ended.add(process.name() + ":\n" + process.lastOutput()));
            if (sampler.seconds() >= nextFault && sampler.seconds() < LENGTH.toSeconds() - QUIET.toSeconds()) {
                nextFault += FAULT_EVERY.toSeconds();
                strike(ordeal, sampler);
            }
            if (sampler.seconds() >= nextRound) {
                nextRound += ROUND.toSeconds();
                System.out.printf("soak: minute %.0f: %s%n", sampler.seconds() / 60, ordeal.nextRound());
            }
            // What is looked at is time itself.
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }

    private void strike(ConsistencyScenario ordeal, Sampler sampler) {
        ordeal.load().awaitMore(RATE);
        if (dealt.isEmpty()) {
            dealt.addAll(List.of(FaultInjection.values()));
            Collections.shuffle(dealt, random);
        }
        FaultInjection fault = dealt.remove(0);
        faults.add(sampler.seconds());
        sampler.pause(true);
        try {
            System.out.printf("soak: %.0f s: %s %s%n", sampler.seconds(), fault, fault.strike(ordeal, random));
        } finally {
            sampler.pause(false);
        }
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static Duration most(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }
}
