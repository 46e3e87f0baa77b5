package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.MeasurementWindow;
import io.millrace.benchmarks.report.Arguments;
import io.millrace.benchmarks.report.Phase;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.HdrHistogram.Histogram;

/**
 * Loads a running Millrace and writes down what it did, one JSON object a line. Arguments: {@code port=} {@code token=}
 * {@code pid=} {@code postgres=} {@code out=} {@code quick=}.
 */
public final class PipelineLoad {
    private static final long SECOND = 1_000_000_000L;
    private static final int WARM_UPS = 2;

    private final Arguments arguments;
    private final Traffic traffic;
    private final Sender sender;

    private PipelineLoad(Arguments arguments, Traffic traffic, Sender sender) {
        this.arguments = arguments;
        this.traffic = traffic;
        this.sender = sender;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        String prefix = "load-" + Long.toString(System.currentTimeMillis(), 36) + "-";
        try (Traffic traffic = new Traffic(arguments.number("port"), arguments.text("token"))) {
            new PipelineLoad(arguments, traffic, new Sender(traffic, prefix)).run();
            Load.report(
                    arguments,
                    StoredEventsCheck.compare(arguments.text("postgres"), prefix, traffic.accepted())
                            .put("kind", "ledger")
                            .put("gaps", traffic.gaps()));
        }
        System.exit(0);
    }

    private void run() throws Exception {
        for (int i = 0; i < WARM_UPS; i++) {
            for (Phase phase : Phase.warmUp()) {
                measure(phase, 0, arguments.quick() ? 3 : 8);
            }
        }
        for (Phase phase : Phase.all()) {
            Load.report(arguments, measure(phase, 1, arguments.quick() ? 3 : 8));
        }
    }

    /** One phase, from the first event to the last one's arrival. */
    private JsonObject measure(Phase phase, int leadSeconds, int seconds) throws Exception {
        long start = System.nanoTime() + SECOND / 5;
        long from = start + leadSeconds * SECOND;
        long to = from + seconds * SECOND;
        MeasurementWindow window = new MeasurementWindow(from, to);
        traffic.measure(window);
        Meter meter = new Meter(from, to);
        meter.start();
        if (phase.open()) {
            sender.open(phase, start, to);
        } else {
            sender.closed(phase, to);
        }
        meter.join();
        sender.drain(60 * SECOND);
        JsonObject figures = new JsonObject()
                .put("kind", "load")
                .put("type", phase.type())
                .put("batch", phase.batch())
                .put("rate", phase.rate())
                .put("queued", phase.queued())
                .put("perSecond", meter.events() * 1e9 / meter.nanos())
                .put("cpu", meter.perEvent());
        times(figures, "socket", window.toSocket);
        times(figures, "answer", window.toAnswer);
        return figures;
    }

    private static void times(JsonObject into, String name, Histogram nanos) {
        into.put(name + "P50", nanos.getValueAtPercentile(50) / 1e6);
        into.put(name + "P99", nanos.getValueAtPercentile(99) / 1e6);
    }

    /** Looks at both ends of the window how many events arrived and what they cost, on a thread of its own. */
    private final class Meter extends Thread {
        private final long fromNanos;
        private final long toNanos;
        private long begun;
        private long ended;
        private long delivered;
        private Map<String, Long> before = Map.of();
        private Map<String, Long> after = Map.of();

        Meter(long fromNanos, long toNanos) {
            super("meter");
            this.fromNanos = fromNanos;
            this.toNanos = toNanos;
            setDaemon(true);
        }

        @Override
        public void run() {
            try {
                until(fromNanos);
                before = Cpu.micros(arguments.number("pid"));
                begun = System.nanoTime();
                delivered = -traffic.delivered();
                until(toNanos);
                delivered += traffic.delivered();
                ended = System.nanoTime();
                after = Cpu.micros(arguments.number("pid"));
            } catch (IOException | InterruptedException failure) {
                throw new IllegalStateException(failure);
            }
        }

        private static void until(long nanos) throws InterruptedException {
            long left = nanos - System.nanoTime();
            if (left > 0) {
                sleep(left / 1_000_000, (int) (left % 1_000_000));
            }
        }

        long events() {
            return delivered;
        }

        long nanos() {
            return ended - begun;
        }

        JsonObject perEvent() {
            JsonObject cpu = new JsonObject();
            after.forEach((server, micros) -> cpu.put(
                    server,
                    (micros - Objects.requireNonNullElse(before.get(server), 0L)) / (double) Math.max(1, delivered)));
            return cpu;
        }
    }
}
