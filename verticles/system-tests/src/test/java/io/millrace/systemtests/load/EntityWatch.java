package io.millrace.systemtests.load;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One writer that gives orders one version after the other, and readers that ask for any of them all the time, by whichever
 * cache has its turn. Version n of an order has the total n, so that a version and its state prove each other. Whatever
 * is read must have been sent, and be no older than what was committed a second before it was asked for.
 */
public final class EntityWatch implements AutoCloseable {
    /** So many that each rests for longer than the near cache keeps it, in tests. */
    private static final int ORDERS = 300;

    private static final int WRITES_PER_SECOND = 100;
    private static final int READERS = 2;
    private static final long MOST_BEHIND_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ApiClient api;
    private final List<Order> orders = new ArrayList<>();
    private final Queue<String> faults = new ConcurrentLinkedQueue<>();
    private final Map<String, AtomicInteger> levels = new ConcurrentHashMap<>();
    private final AtomicInteger reads = new AtomicInteger();
    private final AtomicInteger writes = new AtomicInteger();
    private final ExecutorService threads = Executors.newFixedThreadPool(1 + READERS);
    private volatile boolean stopped;

    /** An order's versions, and when the sender was told of each. */
    public static final class Order {
        public final String id = Shop.unique("o");
        final List<String> events = new ArrayList<>();
        private final TreeMap<Long, Long> committed = new TreeMap<>();
        private volatile long sent;

        synchronized void committed(long nanos) {
            committed.put(nanos, sent);
        }

        synchronized long committedBy(long nanos) {
            Map.Entry<Long, Long> last = committed.floorEntry(nanos);
            return last == null ? 0 : last.getValue();
        }
    }

    public EntityWatch(ApiClient api) {
        this.api = api;
        for (int i = 0; i < ORDERS; i++) {
            orders.add(new Order());
        }
        threads.execute(this::write);
        for (int i = 0; i < READERS; i++) {
            threads.execute(this::read);
        }
    }

    private void write() {
        long next = System.nanoTime();
        for (int i = 0; !stopped; i++) {
            Order order = orders.get(i % ORDERS);
            long version = order.sent + 1;
            order.sent = version;
            JsonObject event = Shop.order(order.id, "c-1");
            event.getJsonObject("data").put("total", version);
            ApiResponse answer = api.post(event);
            if (answer.status() == 201) {
                order.committed(System.nanoTime());
                order.events.add(event.getString("id"));
                writes.incrementAndGet();
            } else {
                faults.add(order.id + " version " + version + " was refused: " + answer);
            }
            next += TimeUnit.SECONDS.toNanos(1) / WRITES_PER_SECOND;
            java.util.concurrent.locks.LockSupport.parkNanos(next - System.nanoTime());
        }
    }

    private void read() {
        while (!stopped) {
            Order order = anyOrder();
            long asked = System.nanoTime();
            ApiResponse answer = api.entity("order", order.id);
            check(order, asked, answer);
            reads.incrementAndGet();
        }
    }

    private void check(Order order, long asked, ApiResponse answer) {
        long least = order.committedBy(asked - MOST_BEHIND_NANOS);
        if (answer.status() == 404 && least == 0) {
            return;
        }
        if (answer.status() != 200) {
            faults.add(order.id + ", at least version " + least + ": " + answer);
            return;
        }
        levels.computeIfAbsent(answer.header("X-Cache"), level -> new AtomicInteger())
                .incrementAndGet();
        long version = answer.json().getLong("version");
        Number total = answer.json().getJsonObject("state").getNumber("total");
        if (version < least || version > order.sent || total == null || total.doubleValue() != version) {
            faults.add(order.id + ", at least version " + least + ", at most " + order.sent + ", from "
                    + answer.header("X-Cache") + ": " + answer);
        }
    }

    public Order anyOrder() {
        return orders.get(ThreadLocalRandom.current().nextInt(ORDERS));
    }

    public int reads() {
        return reads.get();
    }

    public int writes() {
        return writes.get();
    }

    /** Reads that were answered by {@code near}, {@code redis} or {@code database}. */
    public int reads(String level) {
        AtomicInteger counted = levels.get(level);
        return counted == null ? 0 : counted.get();
    }

    /** What was read that should not have been, and what was refused. */
    public List<String> faults() {
        return List.copyOf(faults);
    }

    /** Writes and reads no more; the ids of what was acknowledged. */
    public List<String> stop() throws InterruptedException {
        close();
        if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException("a read or a write isn't answered");
        }
        return orders.stream().flatMap(order -> order.events.stream()).toList();
    }

    @Override
    public void close() {
        stopped = true;
        threads.shutdown();
    }
}
