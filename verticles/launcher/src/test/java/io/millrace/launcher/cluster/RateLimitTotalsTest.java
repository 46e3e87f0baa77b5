package io.millrace.launcher.cluster;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.limit.RateLimiter;
import io.millrace.platform.limit.RateLimits;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** Three nodes and a real Redis: one limit for all of them. */
@Tag("slow")
@Timeout(60)
@Isolated("it counts what nodes grant within a second")
@SuppressWarnings("NullAway.Init")
class RateLimitTotalsTest {
    private static final int RATE = 2_000;

    @TempDir
    static Path directory;

    private static EmbeddedRedis server;
    private static Vertx vertx;
    private static Redis redis;

    private final List<Node> nodes = new ArrayList<>();

    private static final class Node {
        final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
        final Vertx own = Vertx.vertx();
        final RateLimitTotals totals;
        final RateLimits limits;
        int granted;

        Node(String cluster) {
            totals = new RateLimitTotals(
                    own,
                    new RateLimitTotals.Place(RedisSettings.at(server.uri()), Duration.ofMillis(250)),
                    cluster,
                    metrics);
            limits = new RateLimits(own, metrics, totals);
        }

        void close() throws Exception {
            done(own.close());
        }
    }

    @BeforeAll
    static void start() throws Exception {
        server = EmbeddedRedis.start(directory.resolve("redis"), 0);
        vertx = Vertx.vertx();
        redis = Redis.createClient(vertx, server.uri());
    }

    @AfterAll
    static void stop() throws Exception {
        done(vertx.close());
        server.close();
    }

    @AfterEach
    void leave() throws Exception {
        for (Node node : nodes) {
            node.close();
        }
    }

    @Test
    void threeNodesShareOneTotalOfWhichTheBusyOneGetsNearlyAll() {
        List<RateLimiter> limiters = limiters("shared", RATE);
        double seconds = use(limiters, Duration.ofSeconds(2));
        int all = nodes.stream().mapToInt(node -> node.granted).sum();
        double due = RATE + seconds * RATE;
        assertTrue(all > 0.9 * due && all < 1.1 * due, all + " of " + due);
        nodes.forEach(node -> node.granted = 0);
        seconds = use(limiters.subList(0, 1), Duration.ofSeconds(1));
        int busy = nodes.get(0).granted;
        assertTrue(busy > 0.9 * seconds * RATE && busy < 1.1 * seconds * RATE + 10, busy + " in " + seconds);
        nodes.forEach(node -> assertNull(node.totals.problem()));
    }

    @Test
    void theTimeUntilTheNextTokenIsThatOfAllNodes() throws Exception {
        List<RateLimiter> limiters = limiters("attempts", 60, Duration.ofMinutes(1));
        for (int i = 0; i < 20; i++) {
            for (RateLimiter limiter : limiters) {
                limiter.take("a", 1, () -> "60 in a minute");
            }
        }
        awaitTotal("attempts", 59_000);
        for (RateLimiter limiter : limiters) {
            // A node that has not been told yet may give one more; everybody waits for it then.
            take(limiter, "a");
        }
        for (RateLimiter limiter : limiters) {
            await().until(() -> retryAfter(limiter, "a") > 0);
            long after = retryAfter(limiter, "a");
            assertTrue(after <= 4_000, after + " ms");
        }
        assertEquals(0, retryAfter(limiters.get(0), "another"));
    }

    @Test
    void aRequestLargerThanABucketIsPaidForAtEveryNode() {
        List<RateLimiter> limiters = limiters("large", 10);
        limiters.get(0).take("a", 300, () -> "it may");
        await().until(() -> keys("large").size() == 1);
        take(limiters.get(1), "a");
        await().until(() -> retryAfter(limiters.get(1), "a") > 25_000);
    }

    @Test
    void aNodeThatDiesTakesNothingWithIt() throws Exception {
        List<RateLimiter> limiters = limiters("dying", 10, Duration.ofMinutes(1));
        for (int i = 0; i < 4; i++) {
            assertTrue(take(limiters.get(0), "a"));
        }
        awaitTotal("dying", 20_000);
        nodes.remove(0).close();
        for (int i = 0; i < 6; i++) {
            assertTrue(take(limiters.get(1), "a"), "attempt " + i);
        }
        awaitTotal("dying", 55_000);
        await().until(() -> !take(limiters.get(1), "a"));
    }

    @Test
    void withoutRedisEachNodeCountsAloneAndTogetherAgainAfterwards() throws Exception {
        List<RateLimiter> limiters = limiters("outage", RATE);
        use(limiters, Duration.ofMillis(300));
        server.kill();
        try {
            nodes.forEach(node -> node.granted = 0);
            double seconds = use(limiters, "b", Duration.ofSeconds(1));
            for (Node node : nodes) {
                // Each has the whole rate, and nobody was refused for the outage.
                assertTrue(node.granted > 0.8 * seconds * RATE, node.granted + " in " + seconds);
                assertNotNull(node.totals.problem());
                assertTrue(
                        node.metrics.get("millrace.limits.unshared").counter().count() > 0);
            }
        } finally {
            server.restart();
        }
        await().atMost(Duration.ofSeconds(15)).until(() -> {
            use(limiters, Duration.ofMillis(50));
            return nodes.stream().allMatch(node -> node.totals.problem() == null);
        });
        use(limiters, Duration.ofMillis(500));
        nodes.forEach(node -> node.granted = 0);
        double seconds = use(limiters, Duration.ofSeconds(2));
        int all = nodes.stream().mapToInt(node -> node.granted).sum();
        assertTrue(all > 0.9 * seconds * RATE && all < 1.1 * seconds * RATE + 50, all + " in " + seconds);
    }

    @Test
    void noNameOfAClientCollidesWithAnotherOrHarmsTheKeys() throws Exception {
        RateLimiter limiter = limiters("hostile", 1, Duration.ofMinutes(1)).get(0);
        List<String> names = List.of(
                "a",
                "A",
                "a\u0000",
                "\u0000a",
                "{a}",
                "{}",
                "a\r\nSET x 1\r\n",
                "a:b",
                "a%3Ab",
                "*",
                "\ud83d\ude00",
                "x".repeat(1_024),
                "x".repeat(1_023) + "y");
        for (String name : names) {
            assertTrue(take(limiter, name), name);
            assertEquals(Failure.RATE_LIMITED, refusal(limiter, name));
        }
        await().until(() -> keys("hostile").size() == names.size());
        for (String key : keys("hostile")) {
            assertTrue(key.matches("mr:limit:c%7Bl%7D%0A1:hostile:[\\w-]{43}"), key);
            assertTrue(number(Command.PTTL, key) <= 62_000, "it expires by itself");
        }
    }

    @Test
    void aForeignValueInPlaceOfATotalIsReplaced() throws Exception {
        RateLimiter limiter = limiters("foreign", 10, Duration.ofMinutes(1)).get(0);
        assertTrue(take(limiter, "a"));
        awaitTotal("foreign", 5_000);
        String key = keys("foreign").get(0);
        for (String[] foreign :
                new String[][] {{"HSET", "f", "v"}, {"SET", "soon"}, {"SET", "-1e400"}, {"SET", "nan"}, {"SET", "9e99"}
                }) {
            ask(Command.DEL, key);
            ask(Command.create(foreign[0]), withKey(key, foreign));
            assertTrue(take(limiter, "a"));
            awaitTotal("foreign", 5_000);
            assertNull(nodes.get(0).totals.problem(), foreign[1]);
        }
    }

    @Test
    void aHundredThousandAddressesTakeBoundedMemoryHereAndNoneThereAfterwards() throws Exception {
        RateLimiter limiter = limiters("many", 10, Duration.ofSeconds(1)).get(0);
        for (int i = 0; i < 120_000; i++) {
            limiter.take("10." + i, 1, () -> "10 a second");
        }
        assertTrue(nodes.get(0).metrics.get("millrace.limits.keys").gauge().value() <= 100_000);
        assertTrue(keysOfRedis() <= 120_000);
        await().atMost(Duration.ofSeconds(15)).until(() -> keys("many").isEmpty());
    }

    private List<RateLimiter> limiters(String name, int rate) {
        return limiters(name, rate, Duration.ofSeconds(1));
    }

    private List<RateLimiter> limiters(String name, int most, Duration time) {
        for (int i = 0; i < 3; i++) {
            nodes.add(new Node("c{l}\n1"));
        }
        return nodes.stream().map(node -> node.limits.limiter(name, most, time)).toList();
    }

    /** Takes whatever each limiter gives, and returns the seconds for which it did. */
    private double use(List<RateLimiter> limiters, Duration time) {
        return use(limiters, "a", time);
    }

    private double use(List<RateLimiter> limiters, String key, Duration time) {
        long start = System.nanoTime();
        while (System.nanoTime() - start < time.toNanos()) {
            for (int i = 0; i < limiters.size(); i++) {
                for (int j = 0; j < 10; j++) {
                    nodes.get(i).granted += take(limiters.get(i), key) ? 1 : 0;
                }
            }
            LockSupport.parkNanos(500_000);
        }
        return (System.nanoTime() - start) / 1e9;
    }

    private static boolean take(RateLimiter limiter, String key) {
        return retryAfter(limiter, key) == 0;
    }

    private static long retryAfter(RateLimiter limiter, String key) {
        try {
            limiter.take(key, 1, () -> "it may");
            return 0;
        } catch (MillraceException refused) {
            return refused.retryAfterMillis();
        }
    }

    private static Failure refusal(RateLimiter limiter, String key) {
        return assertThrows(MillraceException.class, () -> limiter.take(key, 1, () -> "it may"))
                .failure();
    }

    /** Waits until all nodes together have told Redis that a bucket is not full for that long. */
    private static void awaitTotal(String limit, long atLeastMs) {
        await().until(() -> {
            List<String> keys = keys(limit);
            return keys.size() == 1 && number(Command.PTTL, keys.get(0)) > atLeastMs;
        });
    }

    private static List<String> keys(String limit) throws Exception {
        List<String> keys = new ArrayList<>();
        ask(Command.KEYS, "mr:limit:*:" + limit + ":*").forEach(key -> keys.add(key.toString()));
        return keys;
    }

    private static long keysOfRedis() throws Exception {
        return number(Command.DBSIZE);
    }

    private static String[] withKey(String key, String[] command) {
        List<String> arguments = new ArrayList<>(List.of(command).subList(1, command.length));
        arguments.add(0, key);
        return arguments.toArray(String[]::new);
    }

    private static long number(Command command, String... arguments) throws Exception {
        return Objects.requireNonNull(ask(command, arguments).toLong());
    }

    private static Response ask(Command command, String... arguments) throws Exception {
        Request request = Request.cmd(command);
        for (String argument : arguments) {
            request.arg(argument);
        }
        return done(redis.send(request));
    }

    private static <T> T done(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
