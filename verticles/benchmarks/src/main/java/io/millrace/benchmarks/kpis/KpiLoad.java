package io.millrace.benchmarks.kpis;

import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.client.StreamSubscriber;
import io.millrace.benchmarks.load.Load;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Events at their times, and many that follow what comes of them. Measures what counting costs an event, and a KPI's value
 * its subscribers. Arguments: {@code port=} {@code token=} {@code pid=} {@code out=} {@code quick=}.
 */
public final class KpiLoad extends Load {
    private static final int RATE = 500;
    /** Values of a KPI, and ticks beside it, a second: a KPI has no more. */
    private static final int UPDATES = 1;

    private static final int PUBLISHERS = 8;
    private static final int ENTITIES = 1000;
    private static final int OPENING = 64;

    private final Deque<Publisher> idle = new ArrayDeque<>();
    private final List<StreamSubscriber> subscribers = new ArrayList<>();
    private final String type;
    private final int rate;
    private final long begun = System.nanoTime();
    private long sent;
    private long taken;

    /** @param rate of the events, in a second; 0 for none */
    private KpiLoad(Arguments arguments, String type, int rate) throws IOException {
        this.type = type;
        this.rate = rate;
        // No more than are in use: who says nothing for long is cut off.
        for (int i = 0; i < Math.min(PUBLISHERS, rate); i++) {
            Publisher publisher = new Publisher(
                    arguments.number("port"),
                    arguments.text("token"),
                    (by, request, accepted, now) -> answered(by, accepted));
            watch(publisher);
            idle.add(publisher);
        }
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        int seconds = arguments.quick() ? 6 : 15;
        counting(arguments, "count:nothing", 3 * seconds); // what the just-in-time compilers see first
        counting(arguments, "count:order", 3 * seconds);
        for (int round = 0; round < 3; round++) {
            for (String type : new String[] {"count:nothing", "count:order"}) {
                report(
                        arguments,
                        counting(arguments, type, seconds)
                                .put("kind", "counting")
                                .put("of", type));
            }
        }
        int sockets = arguments.quick() ? 5_000 : 10_000;
        for (int round = 0; round < (arguments.quick() ? 1 : 3); round++) {
            subscribers(arguments, sockets, "kpi:amount", "\"kpi\":\"amount\"", "count:order", 2 * seconds);
            subscribers(arguments, sockets, "plain:k", "\"type\":\"count:tick\"", "count:tick", 2 * seconds);
        }
        System.exit(0);
    }

    private static JsonObject counting(Arguments arguments, String type, int seconds) throws IOException {
        try (KpiLoad load = new KpiLoad(arguments, type, RATE)) {
            return load.measure(arguments, 3, seconds, () -> load.taken);
        }
    }

    /** The CPU of a delivery: that of the server with updates, less that of the same connections without. */
    private static void subscribers(
            Arguments arguments, int sockets, String stream, String mark, String type, int seconds) throws IOException {
        double quiet;
        try (KpiLoad load = new KpiLoad(arguments, type, 0)) {
            load.open(arguments, sockets, stream, mark);
            quiet = server(load.measure(arguments, 3, seconds, () -> 0)) / seconds;
        }
        try (KpiLoad load = new KpiLoad(arguments, type, UPDATES)) {
            load.open(arguments, sockets, stream, mark);
            JsonObject line = load.measure(arguments, 3, seconds, load::delivered);
            double all = server(line) * line.getDouble("perSecond");
            report(
                    arguments,
                    new JsonObject()
                            .put("kind", "subscribers")
                            .put("of", stream)
                            .put("sockets", sockets)
                            .put("perSecond", line.getDouble("perSecond"))
                            .put("bytes", load.bytes())
                            .put("cpuMicros", (all - quiet) / line.getDouble("perSecond")));
        }
    }

    private static double server(JsonObject measured) {
        return measured.getJsonObject("cpuMicros").getDouble("server");
    }

    private void open(Arguments arguments, int sockets, String stream, String mark) throws IOException {
        for (int i = 0; i < sockets; i++) {
            StreamSubscriber subscriber =
                    new StreamSubscriber(arguments.number("port"), arguments.text("token"), stream, mark);
            watch(subscriber);
            subscribers.add(subscriber);
            int wanted = subscribers.size() - OPENING;
            if (i % OPENING == 0) {
                await(() -> ready() >= wanted, 120);
            }
        }
        await(() -> ready() == sockets, 120);
    }

    @Override
    protected void send() throws IOException {
        while (!idle.isEmpty() && sent < (System.nanoTime() - begun) / 1e9 * rate) {
            String body = "{\"type\":\"" + type + "\",\"data\":{\"key\":\"k\",\"entity\":\"order-" + sent % ENTITIES
                    + "\",\"data\":{\"status\":\"shipped\",\"amount\":" + sent % 100_000 / 100.0
                    + ",\"currency\":\"EUR\",\"note\":\"ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubip\"}}}";
            idle.remove().post(new Publisher.Request(0, 1, System.nanoTime()), body);
            sent++;
        }
    }

    private void answered(Publisher by, boolean[] accepted) {
        if (!accepted[0]) {
            throw new IllegalStateException("Millrace refused an event");
        }
        taken++;
        idle.add(by);
    }

    private int ready() {
        return (int) subscribers.stream().filter(StreamSubscriber::ready).count();
    }

    private long delivered() {
        return subscribers.stream().mapToLong(StreamSubscriber::events).sum();
    }

    /** Of one message. */
    private long bytes() {
        return subscribers.stream().mapToLong(StreamSubscriber::bytes).sum() / Math.max(1, delivered());
    }
}
