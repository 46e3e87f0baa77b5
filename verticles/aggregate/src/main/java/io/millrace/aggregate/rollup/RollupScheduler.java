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
 * Which streams are to be gone on with, and when. Whatever moved while a page was under way is in the next one. Unlike the
 * hops on an event's way this one takes a breath between pages: nobody waits for a figure as for an event, and a page costs
 * PostgreSQL much the same for one event as for fifty. The bus only says that something moved; what it lost is noticed
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
        this.failed = metrics.counter("millrace.aggregate.failures");
        this.refused = metrics.counter("millrace.aggregate.refused");
        this.time = Timer.builder("millrace.aggregate.page")
                .publishPercentileHistogram()
                .register(metrics);
        metrics.gauge("millrace.aggregate.waiting.streams", waitingStreams);
    }

    /** Goes on wherever it, or another, left off. */
    public void start() {
        vertx.setPeriodic(0, COMPARE_EVERY_MS, timer -> compare());
    }

    /** From now on nothing is begun. */
    public void stop() {
        stopping = true;
    }

    /** Whether no page is under way. */
    public boolean idle() {
        return !underWay;
    }

    /** What is wrong, if PostgreSQL doesn't answer. From any thread. */
    @Nullable
    public String error() {
        return error;
    }

    /** What a commit gave a shard. */
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
            // Not lost: comparing finds it again.
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
                streamsAtOnce = Math.min(settings.streams(), streamsAtOnce * 2);
                events.increment(done.result().events());
                done.result().more().forEach(this::moved);
                pause(done.result().more().isEmpty() ? settings.pause().toMillis() : 0);
            } else {
                later(streams, done.cause());
            }
        });
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

    /** One by one after a failure: if it is one stream's, the others don't have to share it. */
    private void later(List<String> streams, Throwable error) {
        failed.increment();
        if (failures == 0) {
            LOG.warn("could not update the roll-ups of {} streams, trying again: {}", streams.size(), error.toString());
        }
        streams.forEach(this::moved);
        streamsAtOnce = 1;
        pause(backoff.delayMs(failures++));
    }

    /**
     * @param ms 0 for none
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
        // All of them too when the last time is long ago: this node may have slept.
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
