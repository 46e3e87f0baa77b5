package io.millrace.platform.resilience;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.settings.Settings;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A circuit breaker for a backing service (Nygard, "Release It!", 2007). While it is closed, every call is made. After
 * some failures in a row it opens, and calls fail at once as {@link Failure#UNAVAILABLE}, so that nothing piles up.
 * After a pause one call is made as a probe, which closes the breaker or starts a longer pause. A pause is half fixed,
 * half random, so that the nodes don't probe together.
 *
 * <p>Only {@link Failure#UNAVAILABLE} counts as a failure. The refusal of a bad event is an answer, and shows that the
 * service works.
 *
 * <p>It has no timer: its state changes at calls. All state belongs to the event loop that calls {@link #run}, on which
 * the call's future must complete, too.
 */
public final class Breaker {
    private static final Logger LOG = LoggerFactory.getLogger(Breaker.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final int MOST_DOUBLINGS = 20;

    private final String backend;
    private final Limits limits;
    private final LongSupplier nanos;
    private final RandomGenerator random;
    private final EnumCounters<State> transitions;
    private volatile State state = State.CLOSED;
    /** When it opened, of the clock; valid while it isn't closed. */
    private volatile long openedNanos;
    /** The number of transitions so far: the result of a call that started before the last one is ignored. */
    private long generation;

    private int failures;
    /** The number of pauses in a row that ended with a failure. */
    private int pauses;

    private long pauseBegan;
    private long pauseNanos;

    /** The states in the order of the gauge's values 0, 1, 2. */
    public enum State {
        CLOSED,
        HALF_OPEN,
        OPEN
    }

    /**
     * @param failures how many failures in a row open the breaker
     * @param pauseMax the longest pause before a probe; the first pause is at most half a second, each further one
     *     twice as long
     */
    public record Limits(int failures, Duration pauseMax) {
        /**
         * Reads {@code <stage>.breaker.failures} and {@code <stage>.breaker.pause.max}.
         *
         * @param failures the default number of failures
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
     * @param stage the stage in the metrics' names: {@code millrace_<stage>_breaker_state}
     * @param backend the tag of the metrics: {@code kafka}
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
        TimeGauge.builder(meter + "unanswered", this, TimeUnit.MILLISECONDS, Breaker::unansweredMs)
                .tag("backend", backend)
                .register(metrics);
        transitions = new EnumCounters<>(
                meter + "transitions",
                "to",
                State.class,
                to -> to.name().toLowerCase(Locale.ROOT),
                Tags.of("backend", backend),
                metrics);
    }

    /** The state. Safe from any thread. */
    public State state() {
        return state;
    }

    /** Milliseconds since the breaker opened, probes included; 0 while it is closed. Safe from any thread. */
    private long unansweredMs() {
        return state == State.CLOSED ? 0 : TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - openedNanos);
    }

    /** Calls, or fails at once as {@link Failure#UNAVAILABLE}. The call must have a time limit of its own. */
    public <T> Future<T> run(Supplier<Future<T>> call) {
        return run(call, answer -> false);
    }

    /**
     * As {@link #run(Supplier)}.
     *
     * @param down whether an answer means that the service is down
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
        // Half open, with the probe in progress.
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
        if (state == State.CLOSED) {
            openedNanos = pauseBegan;
        }
        pauses++;
        failures = 0;
        transitionTo(State.OPEN);
        LOG.warn("{}: breaker open for {} ms, it does not answer", backend, TimeUnit.NANOSECONDS.toMillis(pauseNanos));
    }

    private void transitionTo(State next) {
        state = next;
        generation++;
        transitions.increment(next);
    }
}
