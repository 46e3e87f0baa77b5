package io.millrace.sinks.service;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.mapping.MappingException;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.Hop;
import io.millrace.platform.tracing.Tracing;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.millrace.sinks.parked.ParkedEvent;
import io.millrace.sinks.parked.ParkedEvents;
import io.millrace.sinks.parked.Redrive;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Gives events to a microservice, one of a stream after the other, each when the one before is answered. An answer takes the
 * event; a refusal keeps it as dead; while no consumer is registered, or no answer comes, or the answer is "later" (503), the
 * stream is held back, and the event is given again after a while. Belongs to one event loop.
 */
public final class ServiceTarget implements SinkTarget {
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(5);

    private final ServiceSink sink;
    private final SinkContext context;
    private final SinkMetrics metrics;
    private final ParkedEvents store;
    private final Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT, ThreadLocalRandom.current());
    private final AtomicLong dead = new AtomicLong();
    /** The streams whose next event isn't taken for now. */
    private final Map<String, Wait> waiting = new LinkedHashMap<>();

    /** How many of them are tried once more now. */
    private int retrying;

    private boolean closed;
    private volatile @Nullable String problem;

    /**
     * Why a stream waits.
     *
     * @param attempts how often its next event was given
     * @param untilNanos not before this it is given again, {@link System#nanoTime}
     */
    private record Wait(String why, int attempts, long untilNanos) {}

    public ServiceTarget(ServiceSink sink, SinkContext context) {
        this.sink = sink;
        this.context = context;
        this.metrics = context.metrics();
        this.store = new ParkedEvents(context.pool(), context.lease());
    }

    @Override
    public Future<Void> connect() {
        return new Redrive(store, context, this::resend)
                .run()
                .compose(done -> store.dead())
                .map(number -> {
                    dead.set(number);
                    return null;
                });
    }

    /** Gives an event that was dead once more. Completes with null, or with why it is dead again: nothing waits for it. */
    private Future<@Nullable String> resend(SinkMessage message) {
        return deliver(message).recover(error -> {
            MillraceException failed = MillraceException.of(error);
            return failed.failure() == Failure.UNAVAILABLE && context.lease().isHeld()
                    ? Future.<@Nullable String>succeededFuture(String.valueOf(failed.getMessage()))
                    : Future.<@Nullable String>failedFuture(error);
        });
    }

    @Override
    public Future<Void> send(List<SinkMessage> messages) {
        int[] next = new int[1];
        return AsyncLoop.run(() -> next[0] == messages.size()
                ? Future.succeededFuture(false)
                : one(messages.get(next[0]), next[0]).map(done -> {
                    next[0]++;
                    return true;
                }));
    }

    private Future<Void> one(SinkMessage message, int taken) {
        if (!context.lease().isHeld()) {
            return Future.failedFuture(context.lease().lost());
        }
        if (closed) {
            return Future.failedFuture(new HeldBackException("the sink ends", taken));
        }
        String stream = message.event().stream();
        Wait wait = waiting.get(stream);
        if (wait != null && isFull()) {
            return Future.failedFuture(new HeldBackException(wait.why(), taken, FIRST_WAIT.toMillis()));
        }
        int tried = wait == null ? 0 : 1;
        retrying += tried;
        return deliver(message)
                .onComplete(done -> retrying -= tried)
                .recover(error -> Future.failedFuture(
                        MillraceException.of(error).failure() == Failure.UNAVAILABLE
                                ? holdBack(stream, String.valueOf(error.getMessage()), taken)
                                : error))
                .compose(refused -> {
                    if (waiting.remove(stream) != null) {
                        tell();
                    }
                    return refused == null ? Future.succeededFuture() : bury(message, refused);
                });
    }

    private HeldBackException holdBack(String stream, String why, int taken) {
        Wait before = waiting.get(stream);
        int attempts = before == null ? 0 : before.attempts();
        long againMs = backoff.delayMs(attempts);
        waiting.put(stream, new Wait(why, attempts + 1, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(againMs)));
        metrics.failed("unavailable", stream + ": " + why);
        tell();
        return new HeldBackException(why, taken, againMs);
    }

    @Override
    public boolean isPaused(String stream) {
        Wait wait = waiting.get(stream);
        return wait != null && (isFull() || wait.untilNanos() > System.nanoTime());
    }

    /** What waits takes no more than half of the streams that are sent at once: each may take the whole time of an answer. */
    private boolean isFull() {
        return retrying >= Math.max(1, context.follow().streams() / 2);
    }

    /** Completes with null when the service has taken the event, or else with why it never will; fails if it doesn't for now. */
    private Future<@Nullable String> deliver(SinkMessage message) {
        ObjectNode shown;
        try {
            JsonNode made = sink.body().mapping() == null
                    ? message.document()
                    : sink.body().mapping().json(message.document());
            shown = (ObjectNode) made;
        } catch (MappingException unfit) {
            return Future.<@Nullable String>succeededFuture(String.valueOf(unfit.getMessage()));
        }
        EventSpan span = context.node().tracing().begin(Hop.ASK, message.event());
        String trace = Tracing.onward(span, message.event());
        return context.node()
                .bus()
                .ask(sink.address(), shown, trace, sink.timeout())
                .<@Nullable String>transform(done -> {
                    Tracing.end(span, done);
                    if (done.succeeded()) {
                        metrics.count(SinkMetrics.Outcome.SENT, 1);
                        return Future.<@Nullable String>succeededFuture(null);
                    }
                    MillraceException failed = MillraceException.of(done.cause());
                    return failed.failure() == Failure.REJECTED
                            ? Future.<@Nullable String>succeededFuture(String.valueOf(failed.getMessage()))
                            : Future.<@Nullable String>failedFuture(failed);
                });
    }

    /** Keeps an event that the service refuses. */
    private Future<Void> bury(SinkMessage message, String why) {
        long now = System.currentTimeMillis();
        metrics.count(SinkMetrics.Outcome.DEAD, 1);
        metrics.wrong(message.event().stream() + " " + message.position() + ": " + why);
        return store.park(new ParkedEvent(0, message.event().stream(), message.position(), "", 1, now, now), why, true)
                .map(number -> {
                    dead.incrementAndGet();
                    return null;
                });
    }

    private void tell() {
        Map.Entry<String, Wait> first =
                waiting.isEmpty() ? null : waiting.entrySet().iterator().next();
        problem = first == null
                ? null
                : waiting.size() + " streams wait for " + sink.address() + "; " + first.getKey() + ": "
                        + first.getValue().why();
    }

    @Override
    public Future<Void> broken() {
        return Promise.<Void>promise().future();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return Future.succeededFuture();
    }

    @Override
    public @Nullable String problem() {
        String waits = problem;
        long kept = dead.get();
        if (kept == 0) {
            return waits;
        }
        return (waits == null ? "" : waits + "; ") + kept + " events are dead";
    }
}
