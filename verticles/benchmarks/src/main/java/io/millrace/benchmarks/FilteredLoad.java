package io.millrace.benchmarks;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * What filtered subscriptions cost that an event doesn't match: the same events, once with the ten alone that get each of
 * them, once among many whose filters they don't match. One thread sends and reads. Arguments: {@code port=} {@code token=}
 * {@code pid=} {@code out=} {@code quick=}.
 */
public final class FilteredLoad implements AutoCloseable {
    private static final long SECOND = 1_000_000_000L;
    /** Who get each event. */
    private static final int WANTING = 10;
    /** Streams of one connection, as many as it may follow. */
    private static final int STREAMS = 100;

    private static final int MANY = 1000;
    private static final int BATCH = 50;
    private static final int OUTSTANDING = 400;
    private static final int PUBLISHERS = 8;
    private static final int OPENING = 64;

    private final Arguments arguments;
    private final int streams;
    private final Selector selector = Selector.open();
    private final List<FilteredSubscriber> subscribers = new ArrayList<>();
    private final Deque<Publisher> idle = new ArrayDeque<>();
    private long sent;

    private FilteredLoad(Arguments arguments, int sockets, int streams) throws IOException {
        this.arguments = arguments;
        this.streams = streams;
        int port = arguments.number("port");
        String token = arguments.text("token");
        long deadline = System.nanoTime() + 120 * SECOND;
        for (int i = 0; i < sockets; i++) {
            FilteredSubscriber subscriber = new FilteredSubscriber(port, token, i, streams, i < WANTING);
            subscribers.add(subscriber);
            watch(subscriber);
            await(Math.max(0, subscribers.size() - OPENING), deadline);
        }
        await(sockets, deadline);
        for (int i = 0; i < PUBLISHERS; i++) {
            Publisher publisher = new Publisher(port, token, (by, request, accepted, now) -> answered(by, accepted));
            watch(publisher);
            idle.add(publisher);
        }
    }

    public static void main(String[] args) throws Exception {
        Arguments arguments = new Arguments(args);
        int seconds = arguments.quick() ? 4 : 8;
        measure(arguments, MANY, 1, 1, 2 * seconds); // what the just-in-time compilers see first
        for (int round = 0; round < (arguments.quick() ? 1 : 3); round++) {
            for (int streams : new int[] {1, STREAMS}) {
                for (int sockets : new int[] {WANTING, MANY}) {
                    JsonObject line = measure(arguments, sockets, streams, 2, seconds);
                    System.err.println("  " + line.encode());
                    Files.writeString(
                            Path.of(arguments.text("out")),
                            line.encode() + "\n",
                            StandardOpenOption.CREATE,
                            StandardOpenOption.APPEND);
                }
            }
        }
        System.exit(0);
    }

    private static JsonObject measure(Arguments arguments, int sockets, int streams, int lead, int seconds)
            throws IOException {
        try (FilteredLoad load = new FilteredLoad(arguments, sockets, streams)) {
            load.run(lead);
            long cpu = load.cpu();
            long events = load.delivered();
            long begun = System.nanoTime();
            load.run(seconds);
            long nanos = System.nanoTime() - begun;
            events = load.delivered() - events;
            cpu = load.cpu() - cpu;
            return new JsonObject()
                    .put("kind", "filtered")
                    .put("streams", streams)
                    .put("sockets", sockets)
                    .put("subscriptions", sockets * streams)
                    .put("perSecond", events * 1e9 / nanos)
                    .put("cpuMicros", cpu / (double) Math.max(1, events));
        }
    }

    private long cpu() throws IOException {
        return Cpu.micros(arguments.number("pid")).getOrDefault("millrace", 0L);
    }

    /** Events that each of those who should have it has. */
    private long delivered() {
        return subscribers.stream()
                .filter(FilteredSubscriber::wanting)
                .mapToLong(FilteredSubscriber::events)
                .min()
                .orElseThrow();
    }

    /** Keeps events under way for so long. */
    private void run(int seconds) throws IOException {
        long end = System.nanoTime() + seconds * SECOND;
        while (System.nanoTime() < end) {
            read();
            while (!idle.isEmpty() && sent - delivered() + BATCH <= OUTSTANDING) {
                post(idle.remove());
            }
        }
    }

    private void post(Publisher by) throws IOException {
        StringBuilder body = new StringBuilder(300 * BATCH);
        for (int i = 0; i < BATCH; i++) {
            body.append(i == 0 ? "[" : ",").append("{\"type\":\"bench:keyed\",\"data\":{\"t\":");
            body.append(System.nanoTime()).append(",\"key\":\"").append(sent % streams);
            body.append("\",\"group\":").append(FilteredSubscriber.WANTED);
            body.append(",\"status\":\"shipped\",\"amount\":1234.56,\"currency\":\"EUR\",\"note\":\"");
            body.append("ahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmtahovcjqxelszgnubipwdkryfmt\"}}");
            sent++;
        }
        by.post(new Publisher.Request(0, BATCH, 0), body.append("]").toString());
    }

    private void answered(Publisher by, boolean[] accepted) {
        for (boolean taken : accepted) {
            if (!taken) {
                throw new IllegalStateException("Millrace refused an event");
            }
        }
        idle.add(by);
    }

    /** Until so many have subscribed. */
    private void await(int ready, long deadline) throws IOException {
        while (subscribers.stream().filter(FilteredSubscriber::ready).count() < ready) {
            if (System.nanoTime() > deadline) {
                throw new IOException("the subscribers were not subscribed within 120 s");
            }
            read();
        }
    }

    private void watch(Link link) throws IOException {
        link.channel.register(selector, SelectionKey.OP_READ, link);
    }

    private void read() throws IOException {
        try {
            selector.select(
                    key -> {
                        try {
                            ((Link) key.attachment()).read();
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
