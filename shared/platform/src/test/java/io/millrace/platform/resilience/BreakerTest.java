package io.millrace.platform.resilience;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.resilience.Breaker.State;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BreakerTest {
    private final MillraceException down = new MillraceException(Failure.UNAVAILABLE, "down");
    private final MillraceException bad = new MillraceException(Failure.INVALID_EVENT, "bad");

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Breaker breaker = breaker(new Random(1));
    private long now = 17;
    private int calls;

    private Breaker breaker(Random random) {
        return new Breaker("test", "kafka", new Breaker.Limits(3, Duration.ofSeconds(4)), metrics, () -> now, random);
    }

    @Test
    void failuresInARowOpenTheBreakerAndNoCallIsMade() {
        call(Future.failedFuture(down));
        call(Future.failedFuture(down));
        call(Future.succeededFuture("well"));
        call(Future.failedFuture(down));
        call(Future.failedFuture(down));
        assertEquals(State.CLOSED, breaker.state());
        call(Future.failedFuture(down));
        assertEquals(State.OPEN, breaker.state());
        Future<String> refused = call(Future.succeededFuture("not asked"));
        assertEquals(6, calls);
        assertEquals(Failure.UNAVAILABLE, MillraceException.of(refused.cause()).failure());
    }

    @Test
    void aBadEventIsAnAnswer() {
        call(Future.failedFuture(down));
        call(Future.failedFuture(down));
        call(Future.failedFuture(bad));
        call(Future.failedFuture(down));
        call(Future.failedFuture(down));
        call(Future.failedFuture(new IllegalStateException("a fault of our own")));
        call(Future.failedFuture(down));
        assertEquals(State.CLOSED, breaker.state());
    }

    @Test
    void anAnswerMaySayThatTheServiceIsDown() {
        for (int i = 0; i < 3; i++) {
            assertEquals(
                    "no",
                    breaker.run(() -> Future.succeededFuture("no"), "no"::equals)
                            .result());
        }
        assertEquals(State.OPEN, breaker.state());
    }

    @Test
    void afterAPauseOneCallAloneTriesAndClosesIt() {
        open();
        pass(500);
        Promise<String> probe = Promise.promise();
        Future<String> tried = call(probe.future());
        assertEquals(State.HALF_OPEN, breaker.state());
        assertTrue(call(Future.succeededFuture("too early")).failed());
        assertEquals(4, calls);
        probe.complete("well");
        assertEquals("well", tried.result());
        assertEquals(State.CLOSED, breaker.state());
        assertEquals("well", call(Future.succeededFuture("well")).result());
    }

    @Test
    void aProbeThatFailsMakesThePauseLongerUpToItsBound() {
        open();
        long before = 0;
        for (long ceiling : new long[] {500, 1_000, 2_000, 4_000, 4_000, 4_000}) {
            long pause = pauseMs();
            assertTrue(pause >= ceiling / 2 && pause <= ceiling, "a pause of " + pause + " of at most " + ceiling);
            assertTrue(pause >= before || ceiling == 4_000);
            before = pause;
        }
    }

    @Test
    void twoNodesDoNotComeBackTogether() {
        Set<Long> pauses = new HashSet<>();
        for (int node = 0; node < 20; node++) {
            Breaker other = breaker(new Random(node));
            for (int i = 0; i < 3; i++) {
                run(other, Future.failedFuture(down));
            }
            long opened = now;
            while (other.state() == State.OPEN) {
                pass(10);
                run(other, Future.failedFuture(bad));
            }
            pauses.add(now - opened);
        }
        assertTrue(pauses.size() > 10, pauses::toString);
    }

    @Test
    void whatBeganBeforeItOpenedSaysNothingAboutNow() {
        Promise<String> slow = Promise.promise();
        call(slow.future());
        open();
        slow.complete("late");
        assertEquals(State.OPEN, breaker.state());
    }

    @Test
    void statesAndTransitionsAreMeasured() {
        assertEquals(0, gauge());
        open();
        assertEquals(2, gauge());
        pass(500);
        call(Future.succeededFuture("well"));
        assertEquals(0, gauge());
        for (String to : new String[] {"open", "half_open", "closed"}) {
            assertEquals(
                    1,
                    metrics.get("millrace.test.breaker.transitions")
                            .tags("backend", "kafka", "to", to)
                            .counter()
                            .count());
        }
    }

    @Test
    void howLongTheServiceHasNotAnsweredGoesOnOverProbesAndEndsWithAnAnswer() {
        assertEquals(0, unansweredSeconds());
        open();
        now += TimeUnit.SECONDS.toNanos(30);
        assertEquals(30, unansweredSeconds());
        call(Future.failedFuture(down));
        assertEquals(State.OPEN, breaker.state());
        now += TimeUnit.SECONDS.toNanos(10);
        assertEquals(40, unansweredSeconds());
        call(Future.succeededFuture("well"));
        assertEquals(0, unansweredSeconds());
    }

    private double unansweredSeconds() {
        return metrics.get("millrace.test.breaker.unanswered").timeGauge().value(TimeUnit.SECONDS);
    }

    private double gauge() {
        return metrics.get("millrace.test.breaker.state")
                .tag("backend", "kafka")
                .gauge()
                .value();
    }

    private void open() {
        for (int i = 0; i < 3; i++) {
            call(Future.failedFuture(down));
        }
        assertEquals(State.OPEN, breaker.state());
    }

    /** Until a call is let through, which fails. */
    private long pauseMs() {
        long began = now;
        int before = calls;
        while (calls == before) {
            pass(1);
            call(Future.failedFuture(down));
        }
        return TimeUnit.NANOSECONDS.toMillis(now - began);
    }

    private void pass(long ms) {
        now += TimeUnit.MILLISECONDS.toNanos(ms);
    }

    private Future<String> call(Future<String> answer) {
        return run(breaker, answer);
    }

    private Future<String> run(Breaker on, Future<String> answer) {
        return on.run(() -> {
            calls++;
            return answer;
        });
    }
}
