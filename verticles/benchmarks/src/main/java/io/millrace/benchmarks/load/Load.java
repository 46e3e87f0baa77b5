package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.ClientConnection;
import io.millrace.benchmarks.report.Arguments;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** Sends as much as comes back, and reads, on one thread. */
public abstract class Load implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;

    private final Selector selector = Selector.open();

    protected Load() throws IOException {}

    /** Sends what may be under way. */
    protected abstract void send() throws IOException;

    /**
     * Measures, once it runs evenly.
     *
     * @param arguments {@code pid=} of the process whose CPU is counted, with those that it started; {@code backends=} of the
     *     one that started the Redis that it uses, if that is another
     * @param lead seconds before it measures
     * @param count what is measured
     * @return what came a second, and the processors' time for each by process
     */
    protected final JsonObject measure(Arguments arguments, int lead, int seconds, LongSupplier count)
            throws IOException {
        run(lead);
        Map<String, Long> cpu = micros(arguments);
        long before = count.getAsLong();
        long begun = System.nanoTime();
        run(seconds);
        double number = Math.max(1, count.getAsLong() - before);
        long nanos = System.nanoTime() - begun;
        JsonObject each = new JsonObject();
        micros(arguments).forEach((name, micros) -> each.put(name, (micros - cpu.getOrDefault(name, 0L)) / number));
        return new JsonObject().put("perSecond", number * 1e9 / nanos).put("cpuMicros", each);
    }

    /** Of the server, the backends that work for it, and this load. */
    private static Map<String, Long> micros(Arguments arguments) throws IOException {
        Map<String, Long> micros = new TreeMap<>(Cpu.micros(arguments.number("pid")));
        micros.put("server", micros.getOrDefault("millrace", 0L));
        micros.remove("millrace");
        if (arguments.has("backends")) {
            micros.put("redis", Cpu.micros(arguments.number("backends")).getOrDefault("redis", 0L));
        }
        return micros;
    }

    /** Sends and reads for so long. */
    protected final void run(int seconds) throws IOException {
        long end = System.nanoTime() + seconds * SECOND;
        while (System.nanoTime() < end) {
            send();
            read();
        }
    }

    /** Until it is so. */
    protected final void await(BooleanSupplier fact, int seconds) throws IOException {
        long end = System.nanoTime() + seconds * SECOND;
        while (!fact.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new IOException("not within " + seconds + " s");
            }
            read();
        }
    }

    protected final void watch(ClientConnection link) throws IOException {
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

    /** A line of the results, shown and kept. */
    public static void report(Arguments arguments, JsonObject line) throws IOException {
        System.err.println("  " + line.encode());
        Files.writeString(
                Path.of(arguments.text("out")),
                line.encode() + "\n",
                StandardOpenOption.CREATE,
                StandardOpenOption.APPEND);
    }

    @Override
    public void close() throws IOException {
        for (SelectionKey key : selector.keys()) {
            key.channel().close();
        }
        selector.close();
    }
}
