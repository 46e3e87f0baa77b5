package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.ClientConnection;
import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;

/** Keeps events under way, as many as come back. One thread sends and reads. */
abstract class Saturation implements AutoCloseable {
    static final long SECOND = 1_000_000_000L;
    private static final int PUBLISHERS = 8;

    private final int batch;
    private final int outstanding;
    private final long pid;
    private final Selector selector = Selector.open();
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

    /** Adds a line to what the run measured. */
    static void report(Arguments arguments, JsonObject line) throws IOException {
        System.err.println("  " + line.encode());
        Files.writeString(
                Path.of(arguments.text("out")),
                line.encode() + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    private long cpu() throws IOException {
        return Cpu.micros(pid).getOrDefault("millrace", 0L);
    }

    /** Keeps events under way for so long. */
    private void run(int seconds) throws IOException {
        long end = System.nanoTime() + seconds * SECOND;
        while (System.nanoTime() < end) {
            read();
            while (!idle.isEmpty() && sent - delivered() + batch <= outstanding) {
                post(idle.remove());
            }
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

    /** Until so many are ready. */
    final void await(IntSupplier ready, int wanted, long deadline) throws IOException {
        while (ready.getAsInt() < wanted) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the subscribers were not subscribed within 120 s");
            }
            read();
        }
    }

    final void watch(ClientConnection link) throws IOException {
        link.channel.register(selector, SelectionKey.OP_READ, link);
    }

    private void read() throws IOException {
        try {
            selector.select(
                    key -> {
                        try {
                            ((ClientConnection) key.attachment()).read();
                        } catch (IOException failure) {
                            throw new UncheckedIOException(failure);
                        }
                    },
                    1);
        } catch (UncheckedIOException broken) {
            throw new IOException("the load broke off: " + broken.getMessage(), broken);
        }
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
