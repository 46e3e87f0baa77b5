package io.millrace.systemtests.load;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * One careful sender of ordinary events to each of two streams: numbered, each posted until it is acknowledged, and the
 * next one only then; about a few things in turn. So the table must have every number, once, in order, and the things
 * just as many versions. Safe from any thread.
 */
public final class NumberedLoad implements AutoCloseable {
    private static final int THINGS = 5;
    private static final int PAUSE_MS = 10;
    private static final Duration CATCH_UP = Duration.ofSeconds(60);

    private final ApiClient api;
    private final String run = Shop.unique("n");
    private final List<Numbered> streams = List.of(
            new Numbered(Shop.INVENTORY, "stock", "inventory:updated", "newStock"),
            new Numbered(Shop.PRODUCTS, "product", "product:price_changed", "price"));
    private final Map<String, String> from = new HashMap<>();
    private final ExecutorService senders = Executors.newFixedThreadPool(streams.size());
    private volatile boolean stopped;

    /**
     * @param field of the data with the number
     */
    private record Numbered(String stream, String kind, String type, String field, AtomicInteger acknowledged) {
        Numbered(String stream, String kind, String type, String field) {
            this(stream, kind, type, field, new AtomicInteger());
        }
    }

    private NumberedLoad(ApiClient api) {
        this.api = api;
        for (Numbered stream : streams) {
            from.put(stream.stream, api.head(stream.stream));
            senders.execute(() -> send(stream));
        }
    }

    public static NumberedLoad start(ApiClient api) {
        return new NumberedLoad(api);
    }

    private void send(Numbered stream) {
        for (int number = 1; !stopped; number++) {
            JsonObject data = new JsonObject()
                    .put("productId", thing(number))
                    .put("difference", 1)
                    .put("newPrice", number)
                    .put(stream.field, number);
            JsonObject event = ApiClient.event(run + stream.field + number, stream.type, data);
            do {
                pause();
            } while (!acknowledged(event));
            stream.acknowledged.set(number);
        }
    }

    /** A hundred a second of each at most. */
    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(PAUSE_MS);
        } catch (InterruptedException ended) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(ended);
        }
    }

    private String thing(int number) {
        return run + "-" + number % THINGS;
    }

    private boolean acknowledged(JsonObject event) {
        try {
            ApiResponse answer = api.post(event);
            return answer.status() / 100 == 2;
        } catch (UncheckedIOException unanswered) {
            return false;
        }
    }

    /** Returns when so many more of each are acknowledged. */
    public void awaitMore(int events) {
        List<Integer> before =
                streams.stream().map(stream -> stream.acknowledged.get()).toList();
        await().atMost(CATCH_UP).until(() -> IntStream.range(0, streams.size())
                .allMatch(i -> streams.get(i).acknowledged.get() >= before.get(i) + events));
    }

    /** Ends it and waits until everything is stored: each number once, and as many effects. */
    public void assertEachOnce() {
        stop();
        for (Numbered stream : streams) {
            List<Integer> all = all(stream);
            await().atMost(CATCH_UP).ignoreExceptions().until(() -> mine(stream).size() >= all.size());
            assertEquals(all, mine(stream).stream().sorted().toList(), stream.stream);
            for (int thing = 0; thing < THINGS; thing++) {
                JsonObject entity = entity(stream, thing);
                assertEquals(about(thing, all).size(), entity.getInteger("version"), () -> "effects on " + entity);
            }
        }
    }

    /** And the order is that in which they were posted. */
    public void assertEachOnceInOrder() {
        assertEachOnce();
        for (Numbered stream : streams) {
            List<Integer> all = all(stream);
            assertEquals(all, mine(stream), stream.stream);
            for (int thing = 0; thing < THINGS; thing++) {
                List<Integer> numbers = about(thing, all);
                assertEquals(
                        numbers.get(numbers.size() - 1),
                        entity(stream, thing).getJsonObject("state").getInteger(stream.field));
            }
        }
    }

    private void stop() {
        stopped = true;
        senders.shutdown();
        await().atMost(CATCH_UP).until(senders::isTerminated);
    }

    private static List<Integer> all(Numbered stream) {
        return IntStream.rangeClosed(1, stream.acknowledged.get()).boxed().toList();
    }

    private static List<Integer> about(int thing, List<Integer> numbers) {
        return numbers.stream().filter(number -> number % THINGS == thing).toList();
    }

    private JsonObject entity(Numbered stream, int thing) {
        return api.entity(stream.kind, thing(thing), "Cache-Control", "no-cache")
                .json();
    }

    private List<Integer> mine(Numbered stream) {
        List<Integer> numbers = new ArrayList<>();
        for (JsonObject message : api.historyAfter(stream.stream, from.get(stream.stream))) {
            JsonObject data = message.getJsonObject("data").getJsonObject("data");
            if (data.getString("productId").startsWith(run)) {
                numbers.add(data.getInteger(stream.field));
            }
        }
        return numbers;
    }

    int acknowledged() {
        return streams.stream().mapToInt(stream -> stream.acknowledged.get()).sum();
    }

    @Override
    public void close() {
        senders.shutdownNow();
    }
}
