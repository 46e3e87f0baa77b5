package io.millrace.systemtests.soak;

import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.MillraceProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Looks at everything again and again, on a thread of its own. What doesn't answer while it is broken has no value then. */
final class Sampler implements AutoCloseable {
    /** Netty's too: this JDK lets it take none that the JVM doesn't count. */
    private static final String DIRECT = "jvm_buffer_memory_used_bytes{id=\"direct\"";

    private static final double MEBI = 1 << 20;

    private final ConsistencyScenario pipeline;
    private final AllDemos demos;
    private final ServerSampler servers;
    private final Path histograms;
    private final Duration warmUp;
    private final int heapEach;
    private final long began = System.nanoTime();
    private final List<Sample> samples = new ArrayList<>();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private int looks;
    private volatile boolean paused;

    /**
     * Begins.
     *
     * @param every between two looks
     * @param heapEvery between two looks at heaps, which collect them first
     * @param warmUp how long a process needs until its heap is compared with a later one
     * @param outputs where the heaps' classes are written
     */
    Sampler(
            ConsistencyScenario pipeline,
            AllDemos demos,
            Duration every,
            Duration heapEvery,
            Duration warmUp,
            Path outputs)
            throws IOException {
        this.pipeline = pipeline;
        this.demos = demos;
        this.servers = new ServerSampler(pipeline.servers());
        this.histograms = Files.createDirectories(outputs.resolve("heaps"));
        this.warmUp = warmUp;
        this.heapEach = (int) (heapEvery.toMillis() / every.toMillis());
        var unused = clock.scheduleAtFixedRate(this::look, 0, every.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Seconds since it began. */
    double seconds() {
        return (System.nanoTime() - began) / 1e9;
    }

    /** While it is true it doesn't look: a process that hangs would keep it. */
    void pause(boolean pause) {
        paused = pause;
    }

    /** Those so far, in order. */
    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    private void look() {
        if (paused) {
            return;
        }
        boolean heaps = looks++ % heapEach == 0;
        for (MillraceProcess process : pipeline.processes()) {
            String name = process.stages().split(",", 2)[0];
            process(name, process.pid(), heaps);
            attempt(name, process.pid(), () -> Map.of(Line.DIRECT, direct(process)));
        }
        process("demos", demos.pid(), heaps);
        attempt("PostgreSQL", 0, servers::postgres);
        attempt("Redis", 0, servers::redis);
        attempt("Kafka", 0, servers::kafka);
    }

    private void process(String name, long pid, boolean heap) {
        attempt(name, pid, () -> ProcessSampler.sample(pid));
        if (heap) {
            attempt(name, pid, () -> Map.of(Line.HEAP, heap(name, pid)));
        }
    }

    private static double direct(MillraceProcess process) {
        return new MetricsReader(process).sum(DIRECT) / MEBI;
    }

    /** The classes of the first heap that is warm stay beside those of the last. */
    private double heap(String name, long pid) throws IOException {
        Path last = histograms.resolve(name + "-" + pid + "-last.txt");
        Path first = histograms.resolve(name + "-" + pid + "-first.txt");
        Path now = histograms.resolve("now.txt");
        double live = ProcessSampler.liveHeap(pid, now);
        Files.move(now, last, StandardCopyOption.REPLACE_EXISTING);
        boolean warm = age(pid) > warmUp.toSeconds();
        if (warm && !Files.exists(first)) {
            Files.copy(last, first, StandardCopyOption.REPLACE_EXISTING);
        }
        return live;
    }

    private synchronized double age(long pid) {
        return samples.stream()
                .filter(sample -> sample.life() == pid)
                .findFirst()
                .map(first -> seconds() - first.seconds())
                .orElse(0.0);
    }

    private interface Look {
        Map<Line, Double> values() throws IOException;
    }

    private void attempt(String of, long life, Look look) {
        try {
            Map<Line, Double> values = look.values();
            synchronized (this) {
                values.forEach((line, value) -> samples.add(new Sample(seconds(), line, of, life, value)));
            }
        } catch (IOException | RuntimeException away) {
            // It is broken on purpose just now; the next look finds it.
        }
    }

    @Override
    public void close() {
        clock.shutdown();
    }
}
