package io.millrace.platform.resilience;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops asking a backing service that is down (Nygard, "Release It!", 2007). Closed, every call goes through. After some
 * failures in a row it opens, and answers at once with {@link Failure#UNAVAILABLE}, so that nothing piles up. After a pause
 * one call goes through as a probe, and closes it or begins a longer pause. A pause is half fixed, half random, so that
 * the nodes don't come back together.
 *
 * <p>Only {@link Failure#UNAVAILABLE} counts, which says that the world is down. A bad event is an answer, and shows that
 * the service lives.
 *
 * <p>It has no timer: it moves when it is asked. All state belongs to the event loop that calls {@link #run}, on which the
 * call's future must complete too.
 */
public final class Breaker {
    private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int MOST_DOUBLINGS = 20;

    private final String backend;
    private final Limits limits;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final Map<State, Counter> transitions = new EnumMap<>(State.class);
    private volatile State state = State.CLOSED;
    /** Transitions so far: a call that began before the last one says nothing about now. */
    private long generation;

    private int failures;
    /** Pauses in a row that ended with a failure. */
    private int pauses;

    private long pauseBegan;
    private long pauseNanos;

    /** As the gauge tells it: 0, 1, 2. */
    public enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /**
     * @param failures in a row that open it
     * @param pauseMax the longest time until it is tried again; the first pause is at most half a second, each further one
     *     twice as long
     */
    public record Limits(int failures, Duration pauseMax) {
        /**
         * Reads {@code <stage>.breaker.failures} and {@code <stage>.breaker.pause.max}.
         *
         * @param failures the default
         */
        public static Limits from(Settings settings, String stage, int failures) {
            return new Limits(
                    settings.integer(stage + ".breaker.failures", failures, 1, 1_000),
                    settings.duration(
                            stage + ".breaker.pause.max",
                            Duration.ofSeconds(5),
                            Duration.ofMillis(10),
                            Duration.ofMinutes(5)));
        }
    }

    /**
     * @param stage whose metrics tell of it: {@code millrace_<stage>_breaker_state}
     * @param backend the tag of those metrics: {@code kafka}
     */
    public Breaker(String stage, String backend, Limits limits, MeterRegistry metrics) {
        this(stage, backend, limits, metrics, System::nanoTime, ThreadLocalRandom.current());
    }

    Breaker(
            String stage,
            String backend,
            Limits limits,
            MeterRegistry metrics,
            LongSupplier nanos,
            RandomGenerator random) {
        this.backend = backend;
        this.limits = limits;
        this.nanos = nanos;
        this.random = random;
        String meter = "millrace." + stage + ".breaker.";
        metrics.gauge(meter + "state", Tags.of("backend", backend), this, breaker -> breaker.state.ordinal());
        for (State to : State.values()) {
            transitions.put(
                    to,
                    metrics.counter(
                            meter + "transitions",
                            "backend",
                            backend,
                            "to",
                            to.name().toLowerCase(Locale.ROOT)));
        }
    }

    /** From any thread. */
    public State state() {
        return state;
    }

    /** Calls, or fails at once as {@link Failure#UNAVAILABLE}. The call must come to an end by itself. */
    public <T> Future<T> run(Supplier<Future<T>> call) {
        return run(call, answer -> false);
    }

    /**
     * As {@link #run(Supplier)}.
     *
     * @param down whether an answer says, although it is one, that the service is down
     */
    public <T> Future<T> run(Supplier<Future<T>> call, Predicate<? super T> down) {
        if (!tryAcquire()) {
            return Future.failedFuture(new MillraceException(
                    Failure.UNAVAILABLE, backend + " doesn't answer; it is tried again within seconds"));
        }
        long mine = generation;
        Future<T> answer;
        try {
            answer = call.get();
        } catch (RuntimeException thrown) {
            answer = Future.failedFuture(thrown);
        }
        return answer.onComplete(done -> {
            boolean failed = done.failed()
                    ? MillraceException.of(done.cause()).failure() == Failure.UNAVAILABLE
                    : down.test(done.result());
            record(mine, failed);
        });
    }

    private boolean tryAcquire() {
        if (state == State.OPEN && nanos.getAsLong() - pauseBegan >= pauseNanos) {
            transitionTo(State.HALF_OPEN);
            LOG.info("{}: breaker half-open, one call is tried", backend);
            return true;
        }
        // Half open, the probe is under way.
        return state == State.CLOSED;
    }

    private void record(long began, boolean failed) {
        if (began != generation) {
            return;
        }
        if (!failed) {
            failures = 0;
            if (state == State.HALF_OPEN) {
                pauses = 0;
                transitionTo(State.CLOSED);
                LOG.info("{}: breaker closed, it answers again", backend);
            }
            return;
        }
        failures++;
        if (state == State.HALF_OPEN || failures >= limits.failures) {
            open();
        }
    }

    private void open() {
        long ceiling = Math.min(limits.pauseMax.toNanos(), FIRST_PAUSE.toNanos() << Math.min(pauses, MOST_DOUBLINGS));
        pauseNanos = ceiling / 2 + random.nextLong(ceiling / 2 + 1);
        pauseBegan = nanos.getAsLong();
        pauses++;
        failures = 0;
        transitionTo(State.OPEN);
        LOG.warn("{}: breaker open for {} ms, it does not answer", backend, TimeUnit.NANOSECONDS.toMillis(pauseNanos));
    }

    private void transitionTo(State next) {
        state = next;
        generation++;
        Counter counter = transitions.get(next);
        if (counter != null) {
            counter.increment();
        }
    }
}
