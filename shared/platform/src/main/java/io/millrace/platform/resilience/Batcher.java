package io.millrace.platform.resilience;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/**
 * Natural batching: an idle batcher sends at once; a busy one sends, as one batch, the items that were added meanwhile.
 * No timers. It gives the lowest latency at low load and the highest throughput at high load (see Thompson, "Smart
 * Batching", 2011).
 *
 * <p>Items that are added together stay together and in order. All state belongs to the event loop that calls
 * {@link #add}; the send function's future must complete on that event loop, too.
 *
 * @param <T> the items
 * @param <R> the result for each item
 */
public final class Batcher<T, R> {
    /**
     * The largest number of bytes in a batch; a larger chunk is sent alone. It keeps hundreds of the largest events from
     * becoming one statement or message, for which all others would wait.
     */
    static final int MAX_BYTES = 1 << 20;

    private final String name;
    private final Supplier<Limits> limits;
    private final ToIntFunction<T> bytes;
    private final Function<List<T>, Future<List<R>>> send;
    private final ArrayDeque<Chunk<T, R>> waiting = new ArrayDeque<>();
    private final Counter refused;
    private final DistributionSummary sizes;
    private volatile int waitingItems;
    private int underWay;

    /**
     * @param batch the largest number of items in a batch; a larger chunk is sent alone
     * @param waiting the largest number of items that may wait; further ones are refused as {@link Failure#OVERLOADED}
     * @param underWay how many batches may be in progress; 1 keeps the order across batches
     * @param patience how long a chunk may wait before it is refused as {@link Failure#OVERLOADED}
     */
    public record Limits(int batch, int waiting, int underWay, Duration patience) {
        /** Limits without a limit on the time that items wait. */
        public Limits(int batch, int waiting, int underWay) {
            this(batch, waiting, underWay, Duration.ofDays(1));
        }

        /**
         * The patience before a commit, whose sender waits: two such batchers and {@code persistence.commit.timeout}
         * take less than {@code bus.timeout}, however slow PostgreSQL is.
         */
        public Limits urgent() {
            return new Limits(batch, waiting, underWay, Duration.ofSeconds(2));
        }
    }

    /**
     * Makes a batcher with fixed limits.
     *
     * @param name the stage and the batcher, {@code router-commit}; the metrics {@code millrace_router_batch_*} have
     *     the second part as the tag {@code batcher}
     * @param send sends a batch; completes with one result for each item, in order
     */
    public Batcher(String name, Limits limits, MeterRegistry metrics, Function<List<T>, Future<List<R>>> send) {
        this(name, () -> limits, metrics, item -> 0, send);
    }

    /** Makes a batcher of items that may be large. */
    public Batcher(
            String name,
            Limits limits,
            MeterRegistry metrics,
            ToIntFunction<T> bytes,
            Function<List<T>, Future<List<R>>> send) {
        this(name, () -> limits, metrics, bytes, send);
    }

    /**
     * Makes a batcher of items that may be large, with limits that may change before each batch.
     *
     * @param bytes the approximate size of an item
     */
    public Batcher(
            String name,
            Supplier<Limits> limits,
            MeterRegistry metrics,
            ToIntFunction<T> bytes,
            Function<List<T>, Future<List<R>>> send) {
        this.name = name;
        this.limits = limits;
        this.bytes = bytes;
        this.send = send;
        int dash = name.indexOf('-');
        String meter = "millrace." + name.substring(0, dash < 0 ? name.length() : dash) + ".batch.";
        Tags tags = Tags.of("batcher", name.substring(dash + 1));
        this.refused = metrics.counter(meter + "refused.events", tags);
        this.sizes = DistributionSummary.builder(meter + "size.events")
                .tags(tags)
                .serviceLevelObjectives(1, 5, 20, 100, 500)
                .register(metrics);
        metrics.gauge(meter + "waiting.events", tags, this, Batcher::waiting);
    }

    public Future<R> add(T item) {
        return addAll(List.of(item)).map(results -> results.get(0));
    }

    /**
     * Adds a non-empty chunk. The whole chunk fails as {@link Failure#OVERLOADED} if there is no room for all of it.
     */
    public Future<List<R>> addAll(List<T> items) {
        if (waitingItems + items.size() > limits.get().waiting && waitingItems > 0) {
            refused.increment(items.size());
            return Future.failedFuture(new MillraceException(
                    Failure.OVERLOADED, name + " is full: " + waitingItems + " events wait; try again shortly"));
        }
        Promise<List<R>> promise = Promise.promise();
        waiting.add(new Chunk<>(items, sizeOf(items), promise, System.nanoTime()));
        waits(items.size());
        sendReady();
        return promise.future();
    }

    private long sizeOf(List<T> items) {
        long size = 0;
        for (T item : items) {
            size += bytes.applyAsInt(item);
        }
        return size;
    }

    /** The number of waiting items, without those in progress. Safe from any thread. */
    private int waiting() {
        return waitingItems;
    }

    /** Whether no item is waiting or in progress. */
    public boolean idle() {
        return waiting.isEmpty() && underWay == 0;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // one event loop writes; any thread reads
    private void waits(int more) {
        waitingItems += more;
    }

    private void sendReady() {
        for (Limits now = limits.get(); underWay < now.underWay && !waiting.isEmpty(); now = limits.get()) {
            if (System.nanoTime() - waiting.element().sinceNanos > now.patience.toNanos()) {
                refuse(waiting.remove(), now);
            } else {
                sendNext(now);
            }
        }
    }

    private void refuse(Chunk<T, R> late, Limits now) {
        waits(-late.items.size());
        refused.increment(late.items.size());
        late.promise.fail(new MillraceException(
                Failure.OVERLOADED, name + " is overloaded: the events waited longer than " + now.patience));
    }

    private void sendNext(Limits now) {
        List<Chunk<T, R>> chunks = new ArrayList<>();
        int size = 0;
        long batchBytes = 0;
        for (Chunk<T, R> next = waiting.peek(); next != null; next = waiting.peek()) {
            batchBytes += next.bytes;
            if (size > 0 && (size + next.items.size() > now.batch || batchBytes > MAX_BYTES)) {
                break;
            }
            size += next.items.size();
            chunks.add(waiting.remove());
        }
        waits(-size);
        underWay++;
        sizes.record(size);
        carry(chunks, size).onComplete(done -> {
            underWay--;
            if (done.succeeded()) {
                complete(chunks, done.result());
            } else {
                chunks.forEach(chunk -> chunk.promise.fail(done.cause()));
            }
            sendReady();
        });
    }

    private Future<List<R>> carry(List<Chunk<T, R>> chunks, int size) {
        List<T> batch = chunks.get(0).items;
        if (chunks.size() > 1) {
            batch = new ArrayList<>(size);
            for (Chunk<T, R> chunk : chunks) {
                batch.addAll(chunk.items);
            }
        }
        try {
            return send.apply(batch);
        } catch (RuntimeException thrown) {
            return Future.failedFuture(thrown);
        }
    }

    private void complete(List<Chunk<T, R>> chunks, List<R> results) {
        int from = 0;
        for (Chunk<T, R> chunk : chunks) {
            int to = from + chunk.items.size();
            chunk.promise.complete(results.subList(from, to));
            from = to;
        }
    }

    private record Chunk<T, R>(List<T> items, long bytes, Promise<List<R>> promise, long sinceNanos) {}
}
