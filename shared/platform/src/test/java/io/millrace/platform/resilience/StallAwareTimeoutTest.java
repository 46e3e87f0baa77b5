package io.millrace.platform.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StallAwareTimeoutTest {
    private static final long LIMIT_MS = 400;

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }

    @Test
    void anAnswerThatComesAfterTheProcessStoodStillForLongerThanTheLimitIsTaken() throws Exception {
        assertEquals("late", onLoop(() -> {
            Promise<String> answer = Promise.promise();
            Future<String> limited = StallAwareTimeout.within(vertx, LIMIT_MS, answer.future());
            vertx.setTimer(1, fired -> {
                standStill(LIMIT_MS * 2);
                vertx.setTimer(LIMIT_MS / 4, later -> answer.complete("late"));
            });
            return limited;
        }));
    }

    @Test
    void whatHasNoEventLoopOfItsOwnFailsOnTheOneThatAsks() throws Exception {
        assertEquals("true", onLoop(() -> {
            Context asking = vertx.getOrCreateContext();
            return StallAwareTimeout.within(vertx, 20, Promise.<String>promise().future())
                    .recover(late -> Future.succeededFuture("" + (Vertx.currentContext() == asking)));
        }));
    }

    @Test
    void whatNeverAnswersFailsAfterTheLimit() {
        long start = System.nanoTime();
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> onLoop(() -> StallAwareTimeout.within(
                        vertx, LIMIT_MS, Promise.<String>promise().future())));
        assertInstanceOf(TimeoutException.class, failed.getCause());
        assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(LIMIT_MS / 2));
    }

    @Test
    void whatFailsByItselfFailsAsItDid() {
        ExecutionException failed = assertThrows(
                ExecutionException.class,
                () -> onLoop(() -> StallAwareTimeout.within(
                        vertx, LIMIT_MS, vertx.timer(5).compose(fired -> Future.<String>failedFuture("refused")))));
        assertTrue(String.valueOf(failed.getMessage()).contains("refused"), failed.getMessage());
    }

    @Test
    void noTimeLeftFailsAtOnce() {
        assertThrows(
                ExecutionException.class,
                () -> onLoop(() -> StallAwareTimeout.within(
                        vertx, -5, Promise.<String>promise().future())));
    }

    private static void standStill(long ms) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms);
        while (System.nanoTime() < until) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    private String onLoop(Supplier<Future<String>> call) throws Exception {
        Promise<String> done = Promise.promise();
        vertx.runOnContext(there -> call.get().onComplete(done));
        return done.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }
}
