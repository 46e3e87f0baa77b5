package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;

/** Keeps events under way, as many as come back. One thread sends and reads. */
abstract class Saturation extends Load {
    private static final int PUBLISHERS = 8;

    private final int batch;
    private final int outstanding;
    private final long pid;
    private final Deque<Publisher> idle = new ArrayDeque<>();
    private long sent;

    /**
     * @param batch events of one request
     * @param outstanding events under way at most
     */
    Saturation(Arguments arguments, int batch, int outstanding) throws IOException {
        this.batch = batch;
        this.outstanding = outstanding;
        this.pid = arguments.number("pid");
        for (int i = 0; i < PUBLISHERS; i++) {
            Publisher publisher = new Publisher(
                    arguments.number("port"),
                    arguments.text("token"),
                    (by, request, accepted, now) -> answered(by, accepted));
            watch(publisher);
            idle.add(publisher);
        }
    }

    /** Events that each of those who should have it has. */
    abstract long delivered();

    /** The event of that number, as JSON of ASCII characters. */
    abstract String event(long number);

    /**
     * Measures, once it runs evenly.
     *
     * @param lead seconds before it measures
     * @param receivers of each event that is counted
     * @return deliveries a second, and the processor's time for each
     */
    final JsonObject measure(int lead, int seconds, int receivers) throws IOException {
        run(lead);
        long cpu = cpu();
        long events = delivered();
        long begun = System.nanoTime();
        run(seconds);
        long nanos = System.nanoTime() - begun;
        double deliveries = (double) Math.max(1, delivered() - events) * receivers;
        return new JsonObject().put("perSecond", deliveries * 1e9 / nanos).put("cpuMicros", (cpu() - cpu) / deliveries);
    }

    private long cpu() throws IOException {
        return Cpu.micros(pid).getOrDefault("millrace", 0L);
    }

    @Override
    protected final void send() throws IOException {
        while (!idle.isEmpty() && sent - delivered() + batch <= outstanding) {
            post(idle.remove());
        }
    }

    private void post(Publisher by) throws IOException {
        StringBuilder body = new StringBuilder(300 * batch);
        for (int i = 0; i < batch; i++) {
            body.append(i == 0 ? "[" : ",").append(event(sent));
            sent++;
        }
        by.post(new Publisher.Request(0, batch, 0), body.append("]").toString());
    }

    private void answered(Publisher by, boolean[] accepted) {
        for (boolean taken : accepted) {
            if (!taken) {
                throw new IllegalStateException("Millrace refused an event");
            }
        }
        idle.add(by);
    }
}
