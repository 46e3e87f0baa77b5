package io.millrace.benchmarks.thresholds;

import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.client.StreamSubscriber;
import io.millrace.benchmarks.load.Cpu;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * What the autoscalers look at, as the load rises step by step until Millrace no longer keeps up: urgent events singly and in
 * batches, ordinary ones through the queue, and ever more connections. Arguments: {@code port=} {@code management=} {@code
 * token=} {@code pid=} {@code out=} {@code quick=}.
 */
public final class ThresholdLoad extends Load {
    private static final int PUBLISHERS = 256;
    private static final int OPENING = 64;
    private static final int ENTITIES = 1_000;
    private static final int MOST_STEPS = 16;
    private static final double SECOND = 1e9;
    /** A step that brings less of its rate is the last one, and so is one at whose end something has waited for so long. */
    private static final double KEPT_UP = 0.9;

    private static final double AGE_SECONDS = 2;

    private static final int TICKS = 10;
    private static final int WAIT_SECONDS = 60;

    private final Arguments arguments;
    private final Deque<Publisher> idle = new ArrayDeque<>();
    private final List<StreamSubscriber> subscribers = new ArrayList<>();
    private Step step = new Step("", "", 1, 0);
    private Histogram answers = new Histogram(3);
    private long begun = System.nanoTime();
    private long sent;
    private long answered;

    /**
     * @param series which autoscaler's
     * @param type of the events
     * @param batch events of one request
     * @param rate events a second
     */
    private record Step(String series, String type, int batch, int rate) {}

    private ThresholdLoad(Arguments arguments) throws IOException {
        this.arguments = arguments;
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        try (ThresholdLoad load = new ThresholdLoad(arguments)) {
            load.publishers();
            load.subscribe(1);
            load.warmUp();
            for (int round = 0; round < (arguments.quick() ? 1 : 3); round++) {
                load.rising("ingest", "bench:update", 1, 500);
                load.rising("persistence", "bench:update", 50, 2_000);
                load.rising("queue", "bench:ordinary", 50, 2_000);
            }
            for (int sockets = 250; sockets <= (arguments.quick() ? 4_000 : 8_000); sockets *= 2) {
                load.subscribe(sockets);
                load.measured(new Step("broadcast", "bench:tick", 1, TICKS));
            }
        }
        System.exit(0);
    }

    /** What the just-in-time compilers see first, and what they see of it most. */
    private void warmUp() throws IOException {
        for (String type : List.of("bench:update", "bench:ordinary", "bench:tick")) {
            for (int batch : List.of(1, 50)) {
                step(new Step("", type, batch, 1_000 * batch / 2 + 500));
                run(arguments.quick() ? 5 : 10);
                settle();
            }
        }
    }

    /** At each rate, 1.4 times more each time, until it is not kept. */
    private void rising(String series, String type, int batch, int first) throws IOException {
        double rate = first;
        for (int i = 0; i < MOST_STEPS; i++, rate *= Math.sqrt(2)) {
            JsonObject line = measured(new Step(series, type, batch, (int) rate));
            if (line.getDouble("perSecond") < KEPT_UP * rate || line.getDouble("age") > AGE_SECONDS) {
                return;
            }
        }
    }

    private void step(Step next) {
        step = next;
        answers = new Histogram(3);
        begun = System.nanoTime();
        sent = 0;
        answered = 0;
    }

    /** Measures one step and writes its line. */
    private JsonObject measured(Step next) throws IOException {
        step(next);
        run(1);
        answers.reset();
        int seconds = arguments.quick() ? 4 : 6;
        Map<String, Long> cpu = Cpu.micros(arguments.number("pid"));
        long before = answered;
        long from = System.nanoTime();
        try (ThresholdFigures figures = new ThresholdFigures(arguments.number("management"))) {
            run(seconds);
            double lasted = (System.nanoTime() - from) / SECOND;
            JsonObject line = figures.told()
                    .put("kind", next.series)
                    .put("rate", next.rate)
                    .put("sockets", subscribers.size())
                    .put("perSecond", (answered - before) / lasted)
                    .put("p50", answers.getValueAtPercentile(50) / 1e6)
                    .put("p99", answers.getValueAtPercentile(99) / 1e6);
            Map<String, Long> now = Cpu.micros(arguments.number("pid"));
            line.put("cores", (now.getOrDefault("millrace", 0L) - cpu.getOrDefault("millrace", 0L)) / 1e6 / lasted);
            settle();
            report(arguments, line);
            return line;
        }
    }

    /** Sends nothing until everything is answered, nothing waits, and nothing comes any more. */
    private void settle() throws IOException {
        step = new Step("", "", 1, 0);
        await(() -> idle.size() == PUBLISHERS, WAIT_SECONDS);
        long before;
        do {
            before = subscribers.get(0).events();
            run(1);
        } while (subscribers.get(0).events() > before || !ThresholdFigures.isIdle(arguments.number("management")));
    }

    private void publishers() throws IOException {
        for (int i = 0; i < PUBLISHERS; i++) {
            Publisher publisher = new Publisher(
                    arguments.number("port"),
                    arguments.text("token"),
                    (by, request, accepted, now) -> answered(by, request, accepted, now));
            watch(publisher);
            idle.add(publisher);
        }
    }

    /** So many in all. */
    private void subscribe(int sockets) throws IOException {
        while (subscribers.size() < sockets) {
            StreamSubscriber subscriber = new StreamSubscriber(
                    arguments.number("port"), arguments.text("token"), "bench", "\"type\":\"bench:");
            watch(subscriber);
            subscribers.add(subscriber);
            if (subscribers.size() % OPENING == 0 || subscribers.size() == sockets) {
                await(() -> subscribers.stream().allMatch(StreamSubscriber::ready), WAIT_SECONDS);
            }
        }
    }

    /** Events are sent at their times, whatever comes back, as long as a connection is idle. */
    @Override
    protected void send() throws IOException {
        while (!idle.isEmpty() && sent < (System.nanoTime() - begun) / SECOND * step.rate) {
            long due = begun + (long) (sent * SECOND / step.rate);
            StringBuilder body = new StringBuilder(step.batch > 1 ? "[" : "");
            for (int i = 0; i < step.batch; i++) {
                body.append(i > 0 ? "," : "").append(event(sent++, due));
            }
            idle.remove()
                    .post(
                            new Publisher.Request(0, step.batch, due),
                            body.append(step.batch > 1 ? "]" : "").toString());
        }
    }

    private String event(long number, long due) {
        return "{\"type\":\"" + step.type + "\",\"data\":{\"t\":" + due + ",\"entity\":\"order-" + number % ENTITIES
                + "\",\"data\":{\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\","
                + "\"note\":\"ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipahovcjqxelszgnub\"}}}";
    }

    private void answered(Publisher by, Publisher.Request request, boolean[] accepted, long now) {
        for (boolean taken : accepted) {
            answered += taken ? 1 : 0;
        }
        answers.recordValue(Math.max(0, now - request.intendedNanos()));
        idle.add(by);
    }
}
