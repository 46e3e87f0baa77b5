package io.millrace.sinks.webhook;

import io.millrace.mapping.MappingException;
import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.millrace.sinks.message.SinkTarget;
import io.millrace.sinks.parked.ParkedEvent;
import io.millrace.sinks.parked.ParkedEvents;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers to one endpoint. The events of a key are delivered one after the other; those of others don't wait for them. One
 * that can't be delivered is parked, and so is what comes after it with the same key, until it is delivered or dead. Belongs
 * to one event loop.
 */
public final class WebhookTarget implements SinkTarget {
    private static final Logger LOG = LoggerFactory.getLogger(WebhookTarget.class);
    private static final long NO_TIMER = -1;

    private final WebhookSink sink;
    private final SinkContext context;
    private final WebhookSettings settings;
    private final Vertx vertx;
    private final ParkedEvents store;
    private final EndpointHealth health;
    private final EndpointSwitch state;
    private final Backoff backoff;
    private final Clock clock = Clock.systemUTC();
    private final Promise<Void> broken = Promise.promise();
    private final ParkedKeys parked;
    private final DeliveryQueue deliveries;
    private final AtomicLong dead = new AtomicLong();
    private long timer = NO_TIMER;
    private boolean closed;

    public WebhookTarget(WebhookSink sink, SinkContext context, WebhookSettings settings) {
        this.sink = sink;
        this.context = context;
        this.settings = settings;
        this.vertx = context.node().vertx();
        this.store = new ParkedEvents(context.pool(), context.lease());
        this.parked = new ParkedKeys(
                store,
                settings.parked(),
                context.follow().page() * context.follow().streams());
        this.backoff = new Backoff(settings.retryFirst(), settings.retryMax(), ThreadLocalRandom.current());
        this.health = new EndpointHealth(backoff, settings.disable().toMillis(), clock);
        this.state = new EndpointSwitch(sink.sink().name(), context, clock, broken::tryFail);
        WebhookClient client = new WebhookClient(
                vertx, sink, settings, new AddressGuard(vertx, settings.networks(), InetAddress::getAllByName), clock);
        this.deliveries =
                new DeliveryQueue(context, client, health, settings.concurrency(), () -> retryAllNow(), state::turnOff);
    }

    @Override
    public Future<Void> connect() {
        state.load();
        return parked.load().compose(first -> store.dead()).map(number -> {
            dead.set(number);
            schedule();
            return null;
        });
    }

    @Override
    public boolean isPaused() {
        // An endpoint that is down is tried by what is parked; by the next events if nothing is.
        return state.isOff()
                || !parked.areAll()
                || parked.size() >= settings.parked()
                || health.isDown() && (parked.size() > 0 || health.notBeforeMs() > clock.millis());
    }

    @Override
    public boolean isPaused(String stream) {
        return parked.crowd(stream);
    }

    @Override
    public Future<Void> send(List<SinkMessage> messages) {
        Map<String, List<SinkMessage>> keys = new LinkedHashMap<>();
        List<Future<?>> all = new ArrayList<>();
        for (SinkMessage message : messages) {
            try {
                keys.computeIfAbsent(sink.key().text(message.document()), key -> new ArrayList<>())
                        .add(message);
            } catch (MappingException unfit) {
                all.add(bury(message, String.valueOf(unfit.getMessage())));
            }
        }
        keys.forEach((key, ofKey) -> all.add(inOrder(key, ofKey)));
        return Future.join(all).mapEmpty();
    }

    private Future<Void> inOrder(String key, List<SinkMessage> messages) {
        Iterator<SinkMessage> next = messages.iterator();
        return AsyncLoop.run(
                () -> next.hasNext() ? one(key, next.next()).map(done -> true) : Future.succeededFuture(false));
    }

    /** Completes when a message is delivered or parked. */
    private Future<?> one(String key, SinkMessage message) {
        if (closed) {
            return Future.failedFuture(context.lease().lost());
        }
        if (parked.has(message.event().stream(), message.position())) {
            return Future.succeededFuture();
        }
        if (parked.holds(key) || isPaused()) {
            return park(key, message, 0, clock.millis(), null);
        }
        byte[] body;
        try {
            body = sink.body().of(message);
        } catch (MappingException unfit) {
            return bury(message, String.valueOf(unfit.getMessage()));
        }
        return deliveries
                .deliver(message, body, () -> !parked.holds(key) && !isPaused())
                .compose(result -> {
                    if (result.delivered()) {
                        return Future.succeededFuture();
                    }
                    if (closed) {
                        return Future.failedFuture(context.lease().lost());
                    }
                    long now = clock.millis();
                    if (!result.tried()) {
                        return park(key, message, 0, now, null);
                    }
                    return park(key, message, 1, now + wait(0, result), result.problem());
                });
    }

    private long wait(int attempt, WebhookClient.Result result) {
        return Math.max(backoff.delayMs(attempt), result.retryAfterMs());
    }

    /** The endpoint is back: nothing has to wait any longer. */
    private void retryAllNow() {
        long now = clock.millis();
        parked.firsts().forEach(first -> parked.replace(first, first.due(now)));
        schedule();
    }

    private Future<Void> park(String key, SinkMessage message, int attempts, long dueMs, @Nullable String error) {
        ParkedEvent event =
                new ParkedEvent(0, message.event().stream(), message.position(), key, attempts, clock.millis(), dueMs);
        // Remembered at once, so that what comes after it with its key is parked behind it.
        parked.add(event);
        return store.park(event, error, false).map(number -> {
            parked.replace(
                    event,
                    new ParkedEvent(number, event.stream(), event.position(), key, attempts, event.firstMs(), dueMs));
            schedule();
            return null;
        });
    }

    /** Keeps an event that can't be delivered at all as dead, with the reason. */
    private Future<Void> bury(SinkMessage message, String why) {
        long now = clock.millis();
        context.metrics().count(SinkMetrics.Outcome.UNMAPPED, 1);
        context.metrics().wrong(message.event().stream() + " " + message.position() + ": " + why);
        return store.park(new ParkedEvent(0, message.event().stream(), message.position(), "", 0, now, now), why, true)
                .map(number -> {
                    dead.incrementAndGet();
                    return null;
                });
    }

    private void schedule() {
        vertx.cancelTimer(timer);
        if (closed || state.isOff()) {
            return;
        }
        long now = clock.millis();
        long next = parked.firsts().stream()
                .mapToLong(first -> Math.max(first.dueMs(), health.notBeforeMs()))
                .min()
                .orElse(Long.MAX_VALUE);
        if (next < Long.MAX_VALUE) {
            timer = vertx.setTimer(Math.max(1, next - now), fired -> retryDue());
        }
    }

    private void retryDue() {
        long now = clock.millis();
        // One is enough to find out whether the endpoint is back.
        int most = Math.max(0, (health.isDown() ? 1 : settings.concurrency()) - parked.retrying());
        parked.firsts().stream()
                .filter(first -> first.dueMs() <= now && health.notBeforeMs() <= now)
                .limit(most)
                .forEach(this::retry);
        if (parked.retrying() == 0) {
            schedule();
        }
    }

    private void retry(ParkedEvent event) {
        parked.retries(event.key());
        context.lookup()
                .find(event.stream(), event.position())
                .compose(message -> message == null ? forget(event) : again(event, message))
                .onComplete(done -> {
                    parked.retried(event.key());
                    if (done.failed()) {
                        broken.tryFail(done.cause());
                        return;
                    }
                    if (done.result()) {
                        parked.removeFirst(event.key());
                        parked.loadMore().onSuccess(loaded -> schedule()).onFailure(broken::tryFail);
                    }
                    schedule();
                });
    }

    /** It may not be seen any more, or history has removed it. */
    private Future<Boolean> forget(ParkedEvent event) {
        return store.delete(event).map(gone -> {
            context.metrics().count(SinkMetrics.Outcome.REMOVED, 1);
            context.metrics()
                    .wrong(event.stream() + " " + event.position()
                            + " is in history no more, or may not be seen any more");
            return true;
        });
    }

    /** Whether the event is through: delivered, or dead. */
    private Future<Boolean> again(ParkedEvent event, SinkMessage message) {
        byte[] body;
        try {
            body = sink.body().of(message);
        } catch (MappingException unfit) {
            return give(event, message, String.valueOf(unfit.getMessage()));
        }
        return deliveries
                .deliver(message, body, () -> !state.isOff() && health.notBeforeMs() <= clock.millis())
                .compose(result -> {
                    if (!result.tried()) {
                        return Future.succeededFuture(false);
                    }
                    if (result.delivered()) {
                        return store.delete(event).map(deleted -> true);
                    }
                    long now = clock.millis();
                    String why = String.valueOf(result.problem());
                    if (now - event.firstMs() > settings.giveUp().toMillis() && !state.isOff()) {
                        return give(event, message, why);
                    }
                    ParkedEvent next = event.again(now + wait(event.attempts(), result));
                    parked.replace(event, next);
                    return store.update(next, why, false).map(updated -> false);
                });
    }

    private Future<Boolean> give(ParkedEvent event, SinkMessage message, String why) {
        TraceLog.of(
                message.event(),
                () -> LOG.warn(
                        "sink {}: an event of {} is dead after {} attempts: {}",
                        sink.sink().name(),
                        event.stream(),
                        event.attempts() + 1,
                        why));
        context.metrics().count(SinkMetrics.Outcome.DEAD, 1);
        return store.update(event, why, true).map(updated -> {
            dead.incrementAndGet();
            return true;
        });
    }

    @Override
    public Future<Void> broken() {
        return broken.future();
    }

    @Override
    public Future<Void> close() {
        closed = true;
        vertx.cancelTimer(timer);
        return deliveries.close();
    }

    @Override
    public @Nullable String problem() {
        String off = state.since();
        if (off != null) {
            return "disabled at " + off + "; what it hasn't had is kept, and POST /api/sinks/enable enables it";
        }
        String all = Stream.of(
                        health.problem(),
                        parked.size() == 0 ? null : parked.size() + " events wait for a retry",
                        dead.get() == 0 ? null : dead + " events are dead")
                .filter(Objects::nonNull)
                .collect(Collectors.joining("; "));
        return all.isEmpty() ? null : all;
    }
}
