package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Senders of urgent events and as many of ordinary ones, each posting the next when the last is answered, a hundred a second
 * at most; and every answer. Safe from any thread.
 */
public final class PacedLoad implements AutoCloseable {
    private static final int PAUSE_MS = 10;

    private final ApiClient api;
    private final List<Result> urgent = new CopyOnWriteArrayList<>();
    private final List<Result> ordinary = new CopyOnWriteArrayList<>();
    private final ScheduledExecutorService senders;

    /** What one event was answered, and after how long. */
    public record Result(String id, int status, String retryAfter, long ms, String body) {
        public boolean acknowledged() {
            return status == 201 || status == 202;
        }
    }

    private PacedLoad(ApiClient api, int sendersOfEach) {
        this.api = api;
        this.senders = Executors.newScheduledThreadPool(2 * sendersOfEach);
        for (int i = 0; i < sendersOfEach; i++) {
            send(Shop::order, urgent);
            send(Shop::stock, ordinary);
        }
    }

    /** One sender of each: what is answered was sent in that order. */
    public static PacedLoad start(ApiClient api) {
        return start(api, 1);
    }

    public static PacedLoad start(ApiClient api, int sendersOfEach) {
        return new PacedLoad(api, sendersOfEach);
    }

    private void send(Supplier<JsonObject> next, List<Result> results) {
        var unused = senders.scheduleWithFixedDelay(
                () -> {
                    JsonObject event = next.get();
                    long start = System.nanoTime();
                    ApiResponse answer = api.post(event);
                    long ms = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
                    results.add(new Result(
                            event.getString("id"), answer.status(), answer.header("Retry-After"), ms, answer.body()));
                },
                0,
                PAUSE_MS,
                TimeUnit.MILLISECONDS);
    }

    public List<Result> urgent() {
        return List.copyOf(urgent);
    }

    public List<Result> ordinary() {
        return List.copyOf(ordinary);
    }

    /** Returns when the next so many of each kind are answered thus. */
    public void awaitNext(int events, int urgentStatus, int ordinaryStatus) {
        int urgentFrom = urgent.size();
        int ordinaryFrom = ordinary.size();
        await().atMost(Duration.ofSeconds(30))
                .until(() -> count(urgent, urgentFrom, urgentStatus) >= events
                        && count(ordinary, ordinaryFrom, ordinaryStatus) >= events);
    }

    private static long count(List<Result> results, int from, int status) {
        return results.stream()
                .skip(from)
                .filter(result -> result.status == status)
                .count();
    }

    /** Posts no more; returns when everything is answered. */
    public void stop() {
        senders.shutdown();
        await().atMost(Duration.ofSeconds(30)).until(senders::isTerminated);
    }

    @Override
    public void close() {
        senders.shutdownNow();
    }
}
