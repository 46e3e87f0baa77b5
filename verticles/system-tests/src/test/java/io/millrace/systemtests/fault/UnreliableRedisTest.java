package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.backends.RunningBackends;
import io.millrace.backends.server.EmbeddedRedis;
import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.EntityWatch;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.Pipeline;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/**
 * Redis forgets, lies and dies while entities are written and read by way of two caches: nothing that was never committed is
 * read, nothing that is older than a second, and nothing is lost. Each fault lasts as long as {@code
 * millrace.outage.seconds} says.
 */
@Order(24)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class UnreliableRedisTest {
    private static final Duration FAULT = Duration.ofSeconds(Integer.getInteger("millrace.outage.seconds", 4));
    private static final Duration LONGEST = FAULT.plusSeconds(60);
    private static final String NEVER_COMMITTED = "{\"orderId\":\"x\",\"total\":-1,\"status\":\"stolen\"}";

    private final RunningBackends backends;
    private final ApiClient staff;
    private final String orders;
    private final RedisAccess redis;

    UnreliableRedisTest(Pipeline pipeline) {
        this.backends = (RunningBackends) pipeline.backends();
        this.staff = pipeline.api("shop", "staff");
        this.orders = staff.head(Shop.ORDERS);
        this.redis = new RedisAccess(backends.redisUri());
        if (pipeline.processes().stream().noneMatch(process -> process.stages().equals("cache"))) {
            pipeline.add("cache");
        }
    }

    @Test
    void aRedisThatIsEmptiedAgainAndAgain() throws InterruptedException {
        through("emptied", watch -> redis.ask("FLUSHALL"));
    }

    @Test
    void aRedisFullOfWhatWasTrueBefore() throws InterruptedException {
        Map<String, List<String>> before = new HashMap<>();
        through("filled with what was true before", watch -> {
            String key = key(watch);
            List<String> now = redis.ask("HGETALL", key);
            List<String> then = now.isEmpty() ? before.get(key) : before.putIfAbsent(key, now);
            if (then != null) {
                redis.ask("DEL", key);
                String[] write = new String[2 + then.size()];
                write[0] = "HSET";
                write[1] = key;
                System.arraycopy(then.toArray(), 0, write, 2, then.size());
                redis.ask(write);
            }
        });
    }

    @Test
    void aRedisFullOfWhatWasNeverTrue() throws InterruptedException {
        through("filled with what was never true", watch -> {
            String key = key(watch);
            if (redis.ask("TYPE", key).equals(List.of("string"))) {
                redis.ask("DEL", key);
            }
            switch (ThreadLocalRandom.current().nextInt(5)) {
                case 0 -> redis.ask("HSET", key, "state", NEVER_COMMITTED);
                case 1 -> redis.ask("HSET", key, "version", "1000000", "state", NEVER_COMMITTED);
                case 2 -> redis.ask("HSET", key, "version", "x", "at", "y");
                case 3 -> {
                    redis.ask("DEL", key);
                    redis.ask("SET", key, "garbage");
                }
                default -> {
                    redis.ask("DEL", key);
                    redis.ask("HSET", key, "version", "1", "state", NEVER_COMMITTED, "at", orders + " orders");
                }
            }
        });
    }

    @Test
    void aRedisThatDiesAndComesBack() throws InterruptedException {
        EmbeddedRedis server = backends.redis();
        through("dead and back", watch -> {
            server.kill();
            int reads = watch.reads();
            await().until(() -> watch.reads() > reads + 100);
            try {
                server.restart();
            } catch (IOException problem) {
                throw new IllegalStateException(problem);
            }
        });
        // So are the totals of the limits, which nodes did without.
        await().until(() -> {
            assertEquals(201, staff.post(Shop.order()).status());
            return !redis.ask("KEYS", "mr:limit:*:publisher:*").isEmpty();
        });
    }

    private interface Meddling {
        void with(EntityWatch watch);
    }

    private void through(String what, Meddling meddling) throws InterruptedException {
        List<String> acknowledged;
        int fromRedis;
        EntityWatch told;
        try (EntityWatch watch = new EntityWatch(staff)) {
            told = watch;
            await().atMost(LONGEST).until(() -> watch.reads("redis") > 20);
            long end = System.nanoTime() + FAULT.toNanos();
            while (System.nanoTime() < end) {
                meddling.with(watch);
                TimeUnit.MILLISECONDS.sleep(2);
            }
            int before = watch.reads("redis");
            // It is of use again by itself.
            await().atMost(LONGEST).until(() -> watch.reads("redis") > before + 100);
            acknowledged = watch.stop();
            fromRedis = watch.reads("redis");
            assertEquals(List.of(), watch.faults());
        }
        List<String> stored = Shop.eventIds(staff.historyAfter(Shop.ORDERS, orders));
        Set<String> distinct = new HashSet<>(stored);
        assertEquals(distinct.size(), stored.size(), "each once");
        assertTrue(distinct.containsAll(acknowledged), "0 lost");
        System.out.printf(
                "redis: %s; %,d writes, %,d reads, %,d of them from Redis; 0 lost, 0 stale, 0 never committed%n",
                what, told.writes(), told.reads(), fromRedis);
    }

    private static String key(EntityWatch watch) {
        return "mr:entity:order:orders:" + watch.anyOrder().id;
    }
}
