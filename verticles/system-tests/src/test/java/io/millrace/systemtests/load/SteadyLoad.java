package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Posts single events at a steady rate, urgent and ordinary in turn, however slowly they are answered, and keeps the ids
 * of those that were acknowledged. Safe from any thread.
 */
public final class SteadyLoad implements AutoCloseable {
    /** Nobody has to wait for a test that has lost its way. */
    private static final int MOST = 200_000;

    private final Supplier<ApiClient> front;
    private final int attempts;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger sent = new AtomicInteger();
    private final Queue<String> orders = new ConcurrentLinkedQueue<>();
    private final Queue<String> stocks = new ConcurrentLinkedQueue<>();
    private final Queue<String> refusals = new ConcurrentLinkedQueue<>();

    private final AtomicInteger unanswered = new AtomicInteger();
    private final ScheduledFuture<?> ticks;

    private SteadyLoad(Supplier<ApiClient> front, int eventsPerSecond, int attempts) {
        this.front = front;
        this.attempts = attempts;
        this.ticks = clock.scheduleAtFixedRate(this::post, 0, 1_000_000 / eventsPerSecond, TimeUnit.MICROSECONDS);
    }

    public static SteadyLoad start(ApiClient api, int eventsPerSecond) {
        return start(() -> api, eventsPerSecond);
    }

    /**
     * @param front which one to post to, asked for each event
     */
    public static SteadyLoad start(Supplier<ApiClient> front, int eventsPerSecond) {
        return new SteadyLoad(front, eventsPerSecond, 1);
    }

    /** One that sends an event again, up to five times in all, where it is told to come back: for busy machines. */
    public static SteadyLoad startPatient(ApiClient api, int eventsPerSecond) {
        return new SteadyLoad(() -> api, eventsPerSecond, 5);
    }

    private void post() {
        int number = sent.incrementAndGet();
        if (number > MOST) {
            return;
        }
        boolean ordinary = number % 2 == 0;
        JsonObject event = ordinary ? Shop.stock() : Shop.order();
        unanswered.incrementAndGet();
        send(event, ordinary ? stocks : orders, 1);
    }

    private void send(JsonObject event, Queue<String> acknowledged, int attempt) {
        var unused = front.get().postLater(event).whenComplete((answer, failed) -> {
            if (failed == null && answer.status() == 503 && attempt < attempts) {
                // As the contract says: the same again, a second later. It is found to be a repeat where it was done.
                CompletableFuture.delayedExecutor(1, TimeUnit.SECONDS)
                        .execute(() -> send(event, acknowledged, attempt + 1));
                return;
            }
            note(acknowledged, event.getString("id"), answer, failed, attempt);
            unanswered.decrementAndGet();
        });
    }

    /** An ordinary event may be answered 201 too: while Kafka is away. */
    private void note(Queue<String> acknowledged, String id, ApiResponse answer, Throwable failed, int attempt) {
        if (failed != null) {
            refusals.add(id + ": " + failed);
        } else if (answer.status() == 201 || answer.status() == 202 || (answer.status() == 200 && attempt > 1)) {
            acknowledged.add(id);
        } else {
            refusals.add(id + ": " + answer);
        }
    }

    /** Returns when so many more have been acknowledged. */
    public void awaitMore(int events) {
        int enough = acknowledged() + events;
        await().atMost(Duration.ofSeconds(60)).until(() -> acknowledged() >= enough);
    }

    int acknowledged() {
        return orders.size() + stocks.size();
    }

    /** Ids of orders that were acknowledged. */
    public Set<String> orders() {
        return new TreeSet<>(orders);
    }

    /** Ids of changes of the stock that were acknowledged. */
    public Set<String> stocks() {
        return new TreeSet<>(stocks);
    }

    /** What was answered otherwise, or not at all. */
    public List<String> refusals() {
        return List.copyOf(refusals);
    }

    /** Posts no more; returns when everything is answered. */
    public void stop() {
        close();
        await().atMost(Duration.ofSeconds(30)).until(() -> clock.isTerminated() && unanswered.get() == 0);
    }

    @Override
    public void close() {
        ticks.cancel(false);
        clock.shutdown();
    }
}
