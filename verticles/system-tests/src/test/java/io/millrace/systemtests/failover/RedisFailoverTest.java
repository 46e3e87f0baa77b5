package io.millrace.systemtests.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.systemtests.environment.ClusteredServers;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.RedisGroup;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.ConsistencyScenario;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A Redis behind Sentinels, and one of a Redis Cluster, dies under load: nobody is refused anything, and Redis is used again. */
@Tag("long")
@Order(48)
final class RedisFailoverTest {
    private static final int RATE = 100;
    private static final int ENTITIES = 20;
    private static final Duration RECOVERY = Duration.ofSeconds(60);
    private static final String SINK =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    @ParameterizedTest
    @EnumSource(
            value = RedisGroup.Kind.class,
            names = {"SENTINEL", "CLUSTER"})
    void whenAPrimaryDiesNothingIsRefusedAndItsSuccessorIsUsed(RedisGroup.Kind kind) throws Exception {
        String name = "redis-" + kind.name().toLowerCase(Locale.ROOT);
        ClusteredServers servers = ClusteredServers.withRedis(name, kind);
        Map<String, String> settings = Map.of("redis.mode", kind.name().toLowerCase(Locale.ROOT));
        Path conf = Repository.confWith(name + "-conf", "sinks/feed.yaml", SINK);
        try (ConsistencyScenario ordeal =
                new ConsistencyScenario(servers, conf, RATE, Pipeline.Layout.ONE_PROCESS, settings)) {
            ApiClient staff = ordeal.pipeline().api("shop", "staff");
            MetricsReader metrics = new MetricsReader(ordeal.pipeline().front());
            ordeal.load().awaitMore(RATE);
            assertRedisIsUsed(staff, metrics, servers.redis());

            long killed = System.nanoTime();
            servers.redis().killPrimary();
            ordeal.load().awaitMore(RATE);
            await().atMost(RECOVERY).until(servers.redis()::isTakenOver);
            assertRedisIsUsed(staff, metrics, servers.redis());
            System.out.printf("%s: used again after %.1f s%n", name, (System.nanoTime() - killed) / 1e9);

            servers.redis().restartPrimary();
            ordeal.load().awaitMore(5 * RATE);
            assertRedisIsUsed(staff, metrics, servers.redis());
            assertEquals(List.of(), ordeal.load().refusals());
            System.out.println(name + ": " + ordeal.verdict());
        }
    }

    /** New entities, of every slot, are read from Redis, limits are counted there, and a sink publishes there. */
    private static void assertRedisIsUsed(ApiClient staff, MetricsReader metrics, RedisGroup redis) {
        List<String> orders = new ArrayList<>();
        for (int i = 0; i < ENTITIES; i++) {
            String order = Shop.unique("o");
            assertEquals(201, staff.post(Shop.order(order, "c-1")).status());
            orders.add(order);
        }
        await().atMost(RECOVERY).until(() -> {
            // What was written while Redis was away is written when it is read, and found there a second later.
            orders.removeIf(
                    order -> staff.entity("order", order).header("X-Cache").equals("redis"));
            return orders.isEmpty();
        });
        await().atMost(RECOVERY)
                .until(() -> metrics.sum("millrace_limits_breaker_state{backend=\"redis\"") == 0
                        && metrics.sum("millrace_cache_breaker_state{backend=\"redis\"") == 0);
        await().atMost(RECOVERY).ignoreExceptions().until(() -> isPublished(staff, redis));
    }

    /** Sentinels close the connections of those who listen, too. */
    private static boolean isPublished(ApiClient staff, RedisGroup redis) throws Exception {
        Set<String> heard = new ConcurrentSkipListSet<>();
        try (AutoCloseable listening = new RedisAccess(redis.heirUri())
                .listen(
                        "out:*",
                        message -> heard.add(
                                new JsonObject(message).getJsonObject("data").getString("id")))) {
            JsonObject order = Shop.order();
            staff.post(order);
            await().atMost(Duration.ofSeconds(5)).until(() -> heard.contains(order.getString("id")));
            return true;
        }
    }
}
