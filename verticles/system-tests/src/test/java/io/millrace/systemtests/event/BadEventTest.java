package io.millrace.systemtests.event;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.Pipeline;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** An event that no attempt can commit, in the middle of others of its stream. */
@Order(12)
@OnPipeline(Pipeline.Layout.ONE_PROCESS)
final class BadEventTest {
    private static final int REQUESTS = 20;
    private static final int EVENTS = 500;
    private static final Duration DELAY = Duration.ofSeconds(1);

    private final Pipeline pipeline;

    BadEventTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void aPoisonEventAmongTenThousandIsADeadLetterAfterFiveAttemptsAndDelaysNoOther() {
        ApiClient admin = pipeline.api("op", "admin");
        JsonObject poison = Shop.poison();
        Set<String> good = new HashSet<>();
        try (SocketClient client = pipeline.socket("op", "admin")) {
            StreamLog log = client.subscribe(Shop.INVENTORY);
            // The first events of a young process take longer, poison or not.
            deliver(admin, log, stocks(null), good);
            Duration longest = Duration.ZERO;
            for (int i = 0; i < REQUESTS; i++) {
                Duration took = deliver(admin, log, stocks(i == REQUESTS / 4 ? poison : null), good);
                longest = took.compareTo(longest) > 0 ? took : longest;
            }
            System.out.println("  " + EVENTS + " neighbours of a poison event, from the post to the socket: "
                    + longest.toMillis() + " ms at most");
            assertTrue(longest.compareTo(DELAY) < 0, longest::toString);
            assertEquals(List.of(), log.faults());
            assertEquals(good, new HashSet<>(log.ids()));
        }
        JsonObject letter = DeadLettersView.await(admin, poison.getString("id"));
        assertEquals(5, letter.getInteger("attempts"));
        assertEquals("version_conflict", letter.getString("reason"));
    }

    private static List<JsonObject> stocks(JsonObject poison) {
        List<JsonObject> stocks = new ArrayList<>();
        for (int i = 0; i < EVENTS; i++) {
            stocks.add(i == EVENTS / 2 && poison != null ? poison : Shop.stock());
        }
        return stocks;
    }

    /** How long it takes from the post until all but the poison are on the socket. */
    private static Duration deliver(ApiClient admin, StreamLog log, List<JsonObject> events, Set<String> good) {
        events.stream()
                .filter(event -> !event.containsKey("metadata"))
                .forEach(event -> good.add(event.getString("id")));
        long start = System.nanoTime();
        admin.post(events);
        await().pollInterval(Duration.ofMillis(5)).pollDelay(Duration.ZERO).until(() -> log.size() >= good.size());
        return Duration.ofNanos(System.nanoTime() - start);
    }
}
