package io.millrace.sinks.parked;

import io.millrace.platform.resilience.AsyncLoop;
import io.millrace.sinks.message.SinkContext;
import io.millrace.sinks.message.SinkMessage;
import io.millrace.sinks.message.SinkMetrics;
import io.vertx.core.Future;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sends once more, at the start of a sink, the dead events that an operator redrove. Belongs to one event loop. */
public final class Redrive {
    /** Sends one event. */
    public interface Attempt {
        /** Completes with null when the event is taken, or else with why it is dead again. */
        Future<@Nullable String> send(SinkMessage message);
    }

    private final ParkedEvents store;
    private final SinkContext context;
    private final Attempt attempt;
    /** The number of the last event that was sent once more. */
    private long last;

    public Redrive(ParkedEvents store, SinkContext context, Attempt attempt) {
        this.store = store;
        this.context = context;
        this.attempt = attempt;
    }

    /** Completes when all are taken or dead again. */
    public Future<Void> run() {
        return AsyncLoop.run(this::page);
    }

    /** Completes with whether there may be more. */
    private Future<Boolean> page() {
        return store.load(last, ParkedEvents.REDRIVEN)
                .compose(again -> all(again).map(done -> {
                    last = again.isEmpty() ? last : again.get(again.size() - 1).number();
                    return again.size() == ParkedEvents.REDRIVEN;
                }));
    }

    private Future<Void> all(List<ParkedEvent> events) {
        Iterator<ParkedEvent> next = events.iterator();
        return AsyncLoop.run(() -> next.hasNext() ? one(next.next()).map(done -> true) : Future.succeededFuture(false));
    }

    private Future<Long> one(ParkedEvent event) {
        return context.lookup().find(event.stream(), event.position()).compose(message -> {
            if (message == null) {
                context.metrics().count(SinkMetrics.Outcome.REMOVED, 1);
                return store.delete(event);
            }
            return attempt.send(message)
                    .compose(refused -> refused == null ? store.delete(event) : store.update(event, refused, true));
        });
    }
}
