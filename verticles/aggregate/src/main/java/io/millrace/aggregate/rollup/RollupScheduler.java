package io.millrace.aggregate.rollup;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.millrace.aggregate.AggregateSettings;
import io.millrace.contracts.event.CommittedBatch;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.platform.resilience.Backoff;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Schedules the roll-ups of streams. Streams that change during a page are in the next one. Unlike the batchers on an
 * event's path, the scheduler pauses between pages: figures are less urgent than events, and a page costs PostgreSQL
 * much the same for one event as for fifty. The bus only reports that a stream changed; lost messages are noticed
 * within a second, by comparing heads. All state belongs to the aggregate verticle's event loop.
 */
public final class RollupScheduler {
    private static final Logger LOG = LoggerFactory.getLogger(RollupScheduler.class);
    private static final int COMPARE_EVERY_MS = 1_000;
    private static final int CHANGED_WITHIN_MS = 10_000;

    private final Vertx vertx;
    private final KpiRegistry figures;
    private final RollupRepository rollups;
    private final AggregateSettings settings;
    private final Backoff backoff;
    private final Set<String> waiting = new LinkedHashSet<>();
    private final AtomicInteger waitingStreams = new AtomicInteger();
    private final Counter events;
    private final Counter removed;
    private final Counter failed;
    private final Counter refused;
    private final Timer time;
    private int streamsAtOnce;
    private int failures;
    private long comparedAtNanos;
    private boolean compareAll = true;
    private boolean comparing;
    private boolean underWay;
    private boolean pausing;
    private boolean stopping;
    private final RepeatedFailures pages = new RepeatedFailures("a stream can't be added to the KPIs: ");
    private volatile @Nullable String error;

    public RollupScheduler(
            Vertx vertx,
            KpiRegistry figures,
            RollupRepository rollups,
            AggregateSettings settings,
            Backoff backoff,
            MeterRegistry metrics) {
        this.vertx = vertx;
        this.figures = figures;
        this.rollups = rollups;
        this.settings = settings;
        this.backoff = backoff;
        this.streamsAtOnce = settings.streams();
        this.events = metrics.counter("millrace.aggregate.events");
        this.removed = metrics.counter("millrace.aggregate.removed.events");
        this.failed = metrics.counter("millrace.aggregate.failures");
        this.refused = metrics.counter("millrace.aggregate.refused");
        this.time = Timer.builder("millrace.aggregate.page")
                .publishPercentileHistogram()
                .register(metrics);
        metrics.gauge("millrace.aggregate.waiting.streams", waitingStreams);
    }

    /** Starts at the stored progress. */
    public void start() {
        vertx.setPeriodic(0, COMPARE_EVERY_MS, timer -> compare());
    }

    /** Starts no further page. */
    public void stop() {
        stopping = true;
    }

    /** Whether no page is in progress. */
    public boolean idle() {
        return !underWay;
    }

    /** What is wrong if PostgreSQL doesn't answer, or fails a page several times; else null. Safe from any thread. */
    @Nullable
    public String error() {
        return error == null ? pages.error() : error;
    }

    /** A batch of committed events. */
    public void committed(CommittedBatch batch) {
        for (CommittedEvent event : batch.events()) {
            if (event.position() != null && !figures.of(event.event().stream()).isEmpty()) {
                moved(event.event().stream());
            }
        }
        next();
    }

    private void moved(String stream) {
        if (waiting.size() < settings.waiting() || waiting.contains(stream)) {
            waiting.add(stream);
            waitingStreams.set(waiting.size());
        } else {
            // Not lost: the comparison of heads finds the stream again.
            refused.increment();
            compareAll = true;
        }
    }

    private void next() {
        if (underWay || pausing || stopping || waiting.isEmpty()) {
            return;
        }
        underWay = true;
        List<String> streams = take();
        long start = System.nanoTime();
        rollups.add(streams, settings.page()).onComplete(done -> {
            underWay = false;
            time.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
            if (done.succeeded()) {
                failures = 0;
                pages.succeeded(streams);
                streamsAtOnce = Math.min(settings.streams(), streamsAtOnce * 2);
                events.increment(done.result().events());
                missed(done.result().removed());
                done.result().more().forEach(this::moved);
                pause(done.result().more().isEmpty() ? settings.pause().toMillis() : 0);
            } else {
                later(streams, done.cause());
            }
        });
    }

    private void missed(long events) {
        if (events > 0) {
            removed.increment(events);
            LOG.warn(
                    "history has removed {} events before they were added to the KPIs: keep history longer, or look at what"
                            + " held the roll-ups up",
                    events);
        }
    }

    private List<String> take() {
        List<String> streams = new ArrayList<>();
        for (Iterator<String> first = waiting.iterator(); first.hasNext() && streams.size() < streamsAtOnce; ) {
            streams.add(first.next());
            first.remove();
        }
        waitingStreams.set(waiting.size());
        return streams;
    }

    /** After a failure, streams are processed one by one, so that a failure of one doesn't affect the others. */
    private void later(List<String> streams, Throwable error) {
        failed.increment();
        if (failures == 0) {
            LOG.warn("could not update the roll-ups of {} streams, trying again: {}", streams.size(), error.toString());
        }
        if (streams.size() == 1) {
            boolean unused = pages.failed(streams.get(0));
        }
        streams.forEach(this::moved);
        streamsAtOnce = 1;
        pause(backoff.delayMs(failures++));
    }

    /**
     * @param ms the pause in milliseconds; 0 for none
     */
    private void pause(long ms) {
        if (ms == 0) {
            next();
            return;
        }
        pausing = true;
        vertx.setTimer(ms, timer -> {
            pausing = false;
            next();
        });
    }

    private void compare() {
        if (comparing || stopping) {
            return;
        }
        comparing = true;
        long now = System.nanoTime();
        // All streams if the last comparison is long ago, since this node may have been suspended.
        boolean all = compareAll || now - comparedAtNanos > TimeUnit.MILLISECONDS.toNanos(CHANGED_WITHIN_MS / 2);
        compareAll = false;
        rollups.behind(all ? 0 : CHANGED_WITHIN_MS).onComplete(done -> {
            comparing = false;
            if (done.succeeded()) {
                comparedAtNanos = now;
                error = null;
                done.result().forEach(this::moved);
                next();
                return;
            }
            compareAll = true;
            if (error == null) {
                LOG.warn(
                        "could not compare the roll-ups with the stream heads: {}",
                        done.cause().getMessage());
            }
            error = "the roll-ups can't be compared with the streams";
        });
    }
}
