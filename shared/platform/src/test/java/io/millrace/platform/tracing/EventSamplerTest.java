package io.millrace.platform.tracing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.platform.tracing.EventSampler.Decision;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which events are traced. */
class EventSamplerTest {
    private static final TraceParent SAMPLED =
            new TraceParent("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true);
    private static final TraceParent UNSAMPLED = new TraceParent(SAMPLED.traceId(), SAMPLED.spanId(), false);

    private long now;

    @Test
    void aSenderDecidesOfItsOwnTraces() {
        EventSampler sampler = new EventSampler(1, 1_000, () -> now);
        assertEquals(Decision.SAMPLED, sampler.decide(SAMPLED));
        assertEquals(Decision.UNSAMPLED, sampler.decide(UNSAMPLED));
        assertEquals(Decision.SAMPLED, new EventSampler(0, 1_000, () -> now).decide(SAMPLED));
    }

    @Test
    void oneOfSoManyOthersBeginsATrace() {
        assertEquals(0, sampled(new EventSampler(0, 1_000_000, () -> now), null, 10_000));
        assertEquals(10_000, sampled(new EventSampler(1, 1_000_000, () -> now), null, 10_000));
        long some = sampled(new EventSampler(100, 1_000_000, () -> now), null, 100_000);
        // Six standard deviations beside the thousand.
        assertTrue(some > 800 && some < 1_200, () -> some + " of 100,000");
    }

    @Test
    void noSenderIsTracedMoreOftenThanTheOperatorPermits() {
        EventSampler sampler = new EventSampler(0, 10, () -> now);
        assertEquals(10, sampled(sampler, SAMPLED, 1_000), "a burst of a second");
        assertEquals(Decision.LIMITED, sampler.decide(SAMPLED));

        now += TimeUnit.MILLISECONDS.toNanos(250);
        assertEquals(2, sampled(sampler, SAMPLED, 1_000));
        now += TimeUnit.HOURS.toNanos(1);
        assertEquals(10, sampled(sampler, SAMPLED, 1_000), "no more than a second's worth is saved");
    }

    private static long sampled(EventSampler sampler, @Nullable TraceParent from, int events) {
        return IntStream.range(0, events)
                .filter(i -> sampler.decide(from) == Decision.SAMPLED)
                .count();
    }
}
