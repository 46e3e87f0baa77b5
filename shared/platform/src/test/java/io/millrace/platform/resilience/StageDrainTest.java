package io.millrace.platform.resilience;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.node.Health;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class StageDrainTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void end() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void anIdleStageStopsAtOnce() {
        assertTrue(StageDrain.await(vertx, () -> true).succeeded());
    }

    @Test
    void aBusyStageFinishesItsWorkAndIsCheckedNoMore() {
        AtomicBoolean idle = new AtomicBoolean();
        AtomicInteger asked = new AtomicInteger();
        Future<Void> waiting = StageDrain.await(vertx, () -> {
            asked.incrementAndGet();
            return idle.get();
        });
        await().until(() -> asked.get() > 3);
        assertFalse(waiting.isComplete());
        idle.set(true);
        await().until(waiting::succeeded);
        int last = asked.get();
        await().during(Duration.ofMillis(100)).until(() -> asked.get() == last);
    }

    @Test
    void aDrainingNodeIsNotReady() {
        Health health = new Health();
        health.started();
        assertTrue(health.notReady().isEmpty());
        health.drain();
        assertTrue(health.isDraining());
        assertEquals("draining", health.notReady().getString("node"));
    }

    @Test
    void aBackingServiceThatIsAwayEndsTheReadinessOnlyOfANodeThatServesNoClients() {
        Health worker = new Health();
        worker.backend("postgresql", () -> "doesn't answer");
        worker.started();
        assertEquals("doesn't answer", worker.notReady().getString("postgresql"));

        Health front = new Health();
        front.servesClients();
        front.backend("postgresql", () -> "doesn't answer");
        front.started();
        assertTrue(front.notReady().isEmpty());
        assertEquals("doesn't answer", front.degraded().getString("postgresql"));
    }
}
