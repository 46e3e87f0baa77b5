package io.millrace.platform.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AsyncLoopTest {
    private static final int STEPS = 20_000;

    private final AtomicInteger steps = new AtomicInteger();

    private static void await(Future<Void> all) {
        all.toCompletionStage()
                .toCompletableFuture()
                .orTimeout(20, TimeUnit.SECONDS)
                .join();
    }

    @Test
    void manyStepsNeedNoDeepStack() {
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try {
            await(AsyncLoop.run(() -> {
                Promise<Boolean> more = Promise.promise();
                executor.execute(() -> more.complete(steps.incrementAndGet() < STEPS));
                return more.future();
            }));
            assertEquals(STEPS, steps.get());
        } finally {
            executor.shutdownNow();
        }
        steps.set(0);
        await(AsyncLoop.run(() -> Future.succeededFuture(steps.incrementAndGet() < STEPS)));
        assertEquals(STEPS, steps.get());
    }

    @Test
    void aStepThatFailsOrThrowsEndsIt() {
        assertThrows(
                CompletionException.class, () -> await(AsyncLoop.run(() -> Future.failedFuture(new Exception("no")))));
        assertThrows(
                CompletionException.class,
                () -> await(AsyncLoop.run(() -> {
                    throw new IllegalStateException("no");
                })));
    }
}
