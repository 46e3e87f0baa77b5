package io.millrace.aggregate.live;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.aggregate.rollup.KpiRegistry;
import io.millrace.aggregate.rollup.KpiRegistry.Figure;
import io.millrace.aggregate.rollup.RepeatedFailures;
import io.millrace.contracts.bus.Addresses;
import io.millrace.platform.bus.Bus;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the present values of the KPIs, each at its pace, if they have changed. Every node tries, at times of its own;
 * PostgreSQL says which one it is, so the death of a node delays a value by one interval at most. All state belongs to the
 * aggregate verticle's event loop.
 */
public final class KpiPublisher {
    private static final Logger LOG = LoggerFactory.getLogger(KpiPublisher.class);
    private static final int FORGET_EVERY_MS = 60_000;

    private final Vertx vertx;
    private final Bus bus;
    private final KpiRegistry figures;
    private final LiveRepository values;
    private final Timer time;
    private final Counter failed;
    private final RepeatedFailures publications = new RepeatedFailures("the live value of a KPI can't be published: ");
    /** What is to be done next, one after the other, so that pages have connections however many paces there are. */
    private final Set<Supplier<Future<?>>> waiting = new LinkedHashSet<>();

    private final List<Long> timers = new ArrayList<>();
    private boolean underWay;
    private boolean stopping;

    public KpiPublisher(Vertx vertx, Bus bus, KpiRegistry figures, LiveRepository values, MeterRegistry metrics) {
        this.vertx = vertx;
        this.bus = bus;
        this.figures = figures;
        this.values = values;
        this.time = Timer.builder("millrace.aggregate.live")
                .publishPercentileHistogram()
                .register(metrics);
        this.failed = metrics.counter("millrace.aggregate.live.failures");
    }

    public void start() {
        Map<Duration, List<Figure>> byPace = new HashMap<>();
        for (Figure figure : figures.all()) {
            byPace.computeIfAbsent(figure.kpi().every(), every -> new ArrayList<>())
                    .add(figure);
        }
        byPace.forEach((every, all) -> repeat(0, every.toMillis(), () -> publish(every, all)));
        repeat(FORGET_EVERY_MS, FORGET_EVERY_MS, () -> values.forget().onFailure(error -> {
            failed.increment();
            LOG.warn("could not remove old steps of windows, trying again: {}", error.toString());
        }));
    }

    private void repeat(long delayMs, long everyMs, Supplier<Future<?>> work) {
        timers.add(vertx.setPeriodic(delayMs, everyMs, timer -> {
            waiting.add(work);
            next();
        }));
    }

    /** Starts no further publication. */
    public void stop() {
        stopping = true;
        timers.forEach(vertx::cancelTimer);
    }

    /** Whether no publication is in progress. */
    public boolean idle() {
        return !underWay;
    }

    /** What is wrong if a KPI couldn't be published several times; else null. Safe from any thread. */
    public @Nullable String error() {
        return publications.error();
    }

    private void next() {
        if (underWay || stopping || waiting.isEmpty()) {
            return;
        }
        underWay = true;
        Supplier<Future<?>> work = waiting.iterator().next();
        waiting.remove(work);
        Future.succeededFuture().compose(begun -> work.get()).onComplete(done -> {
            underWay = false;
            next();
        });
    }

    /** After a failure, KPIs are published one by one, so that a failure of one doesn't affect the others. */
    private Future<?> publish(Duration every, List<Figure> all) {
        long start = System.nanoTime();
        // A quarter less than the interval: a timer that fires a little early must not skip its turn.
        return values.publish(all, every.multipliedBy(3).dividedBy(4)).transform(done -> {
            time.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            if (done.succeeded()) {
                publications.succeeded(
                        all.stream().map(figure -> figure.kpi().name()).toList());
                if (!done.result().values().isEmpty()) {
                    bus.publish(Addresses.KPI_CHANGES, done.result());
                }
                return Future.succeededFuture();
            }
            if (all.size() == 1) {
                failed.increment();
                if (publications.failed(all.get(0).kpi().name())) {
                    LOG.warn(
                            "could not publish the value of a KPI, trying again: {}",
                            done.cause().toString());
                }
                return Future.succeededFuture();
            }
            Future<?> others = Future.succeededFuture();
            for (Figure figure : all) {
                others = others.compose(one -> stopping ? Future.succeededFuture() : publish(every, List.of(figure)));
            }
            return others;
        });
    }
}
