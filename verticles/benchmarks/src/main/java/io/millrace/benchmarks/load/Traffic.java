package io.millrace.benchmarks.load;

import io.millrace.benchmarks.client.ClientConnection;
import io.millrace.benchmarks.client.MeasurementWindow;
import io.millrace.benchmarks.client.Publisher;
import io.millrace.benchmarks.client.Subscriber;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of the load: 50 subscribers and 32 connections that publish. One thread reads them all; one other sends, and
 * parks while it has nothing to send or no connection is idle.
 */
final class Traffic implements AutoCloseable, Publisher.Answered {
    private static final int SUBSCRIBERS = 50;
    /** Subscribers that look at every event; the others count bytes. */
    private static final int CLOSE = 5;

    private static final int PUBLISHERS = 32;

    private final Selector selector = Selector.open();
    private final List<ClientConnection> links = new ArrayList<>();
    private final List<Subscriber> subscribers = new ArrayList<>();
    private final Queue<Publisher> idle = new ConcurrentLinkedQueue<>();
    private final BitSet accepted = new BitSet();
    private final Thread reader = new Thread(this::read, "reader");
    private final Thread sender = Thread.currentThread();

    private volatile @Nullable MeasurementWindow window;
    private volatile @Nullable Throwable broken;
    private volatile boolean closing;
    private volatile long answered;
    private volatile long taken;

    /** Called by the thread that will send. Returns when everybody has subscribed. */
    Traffic(int port, String token) throws IOException {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            Subscriber subscriber = new Subscriber(port, token, i % (SUBSCRIBERS / CLOSE) == 0, () -> window);
            subscribers.add(subscriber);
            links.add(subscriber);
        }
        for (int i = 0; i < PUBLISHERS; i++) {
            Publisher publisher = new Publisher(port, token, this);
            idle.add(publisher);
            links.add(publisher);
        }
        for (ClientConnection link : links) {
            link.channel.register(selector, SelectionKey.OP_READ, link);
        }
        reader.setDaemon(true);
        reader.start();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (!subscribers.stream().allMatch(each -> each.subscribed)) {
            check();
            if (System.nanoTime() > deadline) {
                throw new IOException("the subscribers were not subscribed within 20 s");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    private void read() {
        try {
            while (!closing) {
                selector.select(key -> read((ClientConnection) key.attachment()));
                LockSupport.unpark(sender);
            }
        } catch (Exception failure) {
            if (!closing) {
                broken = failure;
            }
        }
    }

    private static void read(ClientConnection link) {
        try {
            link.read();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public void answered(Publisher by, Publisher.Request request, boolean[] accepted, long nowNanos) {
        int count = 0;
        synchronized (this.accepted) {
            for (int i = 0; i < accepted.length; i++) {
                this.accepted.set(request.first() + i, accepted[i]);
                count += accepted[i] ? 1 : 0;
            }
        }
        taken += count;
        answered += request.events();
        MeasurementWindow measured = window;
        if (measured != null) {
            measured.answered(request.intendedNanos(), nowNanos);
        }
        idle.add(by);
    }

    /** Times go there from now on. */
    void measure(MeasurementWindow next) {
        window = next;
    }

    /** A connection that waits for nothing; null if all are busy. */
    @Nullable
    Publisher idle() {
        return idle.poll();
    }

    /** The same, as long as more than so many are idle. */
    @Nullable
    Publisher idle(int left) {
        return idle.size() > left ? idle.poll() : null;
    }

    /** Events of answered requests, refused ones too. */
    long answered() {
        return answered;
    }

    /** Events that Millrace took. */
    long taken() {
        return taken;
    }

    /** Events that every one of the close subscribers has. */
    long delivered() {
        return subscribers.stream()
                .filter(Subscriber::close)
                .mapToLong(each -> each.events)
                .min()
                .orElseThrow();
    }

    long gaps() {
        return subscribers.stream().mapToLong(each -> each.gaps).sum();
    }

    /** Whether every subscriber has got as much as the first. */
    boolean allAlike() {
        return subscribers.stream().mapToLong(each -> each.bytes).distinct().count() == 1;
    }

    /** The numbers of the events that were accepted. */
    BitSet accepted() {
        synchronized (accepted) {
            return (BitSet) accepted.clone();
        }
    }

    /** @throws IOException if a socket broke, which ends the measurement */
    void check() throws IOException {
        Throwable failure = broken;
        if (failure != null) {
            throw new IOException("the load broke off: " + failure.getMessage(), failure);
        }
    }

    @Override
    public void close() throws IOException {
        closing = true;
        selector.wakeup();
        for (ClientConnection link : links) {
            link.channel.close();
        }
        selector.close();
    }
}
