package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The limits of one user count at all nodes together, by the total in Redis (decision 021). */
@Order(24)
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class ClusterLimitsTest {
    /** {@code broadcast.ticket.rate}: as many at once, and one a second. */
    private static final int TICKETS = 60;
    /** What two nodes give until they have told each other, while their event loops are busy. */
    private static final int UNTOLD = 10;

    private final Pipeline pipeline;
    private final RedisAccess redis;

    ClusterLimitsTest(Pipeline pipeline) {
        this.pipeline = pipeline;
        this.redis = new RedisAccess(pipeline.backends().redisUri());
        if (pipeline.running("broadcast").size() < 2) {
            pipeline.add("broadcast");
        }
    }

    @Test
    void aUserHasOneLimitAtTwoNodes() {
        MillraceProcess first = pipeline.running("broadcast").get(0);
        MillraceProcess second = pipeline.running("broadcast").get(1);
        long began = System.nanoTime();
        int given = 0;
        while (isGiven(ask(first, "s-hurried"))) {
            given++;
        }
        AtomicInteger after = new AtomicInteger();
        // The second node learns of it as soon as it has told what it gave itself.
        await().pollInterval(Duration.ofMillis(100))
                .until(() -> !isGiven(ask(second, "s-hurried")) || after.incrementAndGet() == TICKETS);
        given += after.get();
        long seconds = Duration.ofNanos(System.nanoTime() - began).toSeconds();
        assertTrue(given >= TICKETS, given + " tickets");
        assertTrue(given <= TICKETS + seconds + UNTOLD, given + " tickets in " + seconds + " s");
        assertEquals(1, keys("ticket").size(), "one key for both nodes");
    }

    @Test
    void aPublisherIsCountedInRedis() {
        ApiClient staff = pipeline.api("shop", "staff");
        await().until(() -> {
            assertEquals(201, staff.post(Shop.order()).status());
            return !keys("publisher").isEmpty();
        });
    }

    private ApiResponse ask(MillraceProcess node, String user) {
        return new ApiClient(node.uri("/"), pipeline.signer().token(user, "staff"))
                .ask("POST", "/api/tickets", new JsonObject());
    }

    private static boolean isGiven(ApiResponse answer) {
        if (answer.status() != 201) {
            assertEquals(429, answer.status(), answer::toString);
            assertEquals("rate_limited", answer.json().getString("code"));
            assertTrue(Integer.parseInt(answer.header("Retry-After")) >= 1, answer::toString);
        }
        return answer.status() == 201;
    }

    private List<String> keys(String limit) {
        return redis.ask("KEYS", "mr:limit:" + pipeline.clusterName() + ":" + limit + ":*");
    }
}
