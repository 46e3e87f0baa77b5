package io.millrace.sources.redis.consume;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.postgres.lease.Lease;
import io.millrace.sources.intake.RetryingIntake;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.redis.RedisSourceSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The messages of pub/sub that wait until they are taken. Redis doesn't wait for anybody, so what is more than the buffer
 * holds is dropped, and counted. It outlives a connection to Redis. Belongs to one event loop.
 */
final class PubSubBuffer {
    private static final Logger LOG = LoggerFactory.getLogger(PubSubBuffer.class);
    private static final int AT_ONCE = 100;
    private static final String DROPPED = "dropped";

    private final RetryingIntake taker;
    private final RedisSourceSettings settings;
    private final String source;
    private final Clock clock;
    private final ArrayDeque<SourceMessage> waiting = new ArrayDeque<>();
    private long bytes;
    private volatile int fill;
    private @Nullable Promise<Void> busy;
    private @Nullable Lease lease;
    private long oldestMs;
    private long dropped;
    private @Nullable Instant firstDropped;
    private volatile @Nullable String problem;

    PubSubBuffer(
            RetryingIntake taker, RedisSourceSettings settings, String source, Clock clock, MeterRegistry metrics) {
        this.taker = taker;
        this.settings = settings;
        this.source = source;
        this.clock = clock;
        Gauge.builder("millrace.source.waiting.messages", this, buffer -> buffer.fill)
                .description("messages of pub/sub that wait in this node until they are taken")
                .tag("source", source)
                .register(metrics);
    }

    /** Adds a message, or drops it. */
    void add(Lease of, SourceMessage message) {
        if (!of.isHeld()) {
            return;
        }
        if (lease != of) {
            lease = of;
            dropped = 0;
            firstDropped = null;
            problem = null;
        }
        if (waiting.size() >= settings.bufferMessages()
                || bytes + message.record().length > settings.bufferBytes() && !waiting.isEmpty()) {
            drop();
            return;
        }
        waiting.add(message);
        bytes += message.record().length;
        fill = waiting.size();
        pump(of);
    }

    private void pump(Lease now) {
        if (busy != null || waiting.isEmpty()) {
            return;
        }
        List<SourceMessage> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < AT_ONCE) {
            SourceMessage next = waiting.remove();
            bytes -= next.record().length;
            batch.add(next);
        }
        Promise<Void> taking = Promise.promise();
        busy = taking;
        oldestMs = batch.get(0).origin().timeMs();
        taker.take(now, batch).onComplete(done -> {
            busy = null;
            if (done.failed()) {
                lose(batch);
            }
            fill = waiting.size();
            pump(Objects.requireNonNull(lease));
            taking.complete();
        });
    }

    /** Without a lease nothing may be published, and what waited belongs to its time. */
    private void lose(List<SourceMessage> batch) {
        long lost = batch.size();
        if (lease != null && !lease.isHeld()) {
            lost += waiting.size();
            waiting.clear();
            bytes = 0;
        }
        taker.count(DROPPED, lost);
    }

    private void drop() {
        taker.count(DROPPED, 1);
        if (firstDropped == null) {
            firstDropped = now();
            LOG.warn("source {}: messages of pub/sub are dropped, for they come faster than they are taken", source);
        }
        dropped++;
        problem = dropped + " messages were dropped between " + firstDropped + " and " + now()
                + ", for they came faster than they were taken: look at sources.redis.waiting.max, and at what is slow";
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** Until when all that has arrived is taken, milliseconds since 1970. */
    long takenUntilMs() {
        return busy == null ? clock.millis() : oldestMs;
    }

    /** Completes when nothing waits. */
    Future<Void> drained() {
        Promise<Void> taking = busy;
        return taking == null ? Future.succeededFuture() : taking.future().compose(next -> drained());
    }

    /** What was dropped since this node has the source; null if nothing was. Safe from any thread. */
    @Nullable
    String problem() {
        return problem;
    }
}
