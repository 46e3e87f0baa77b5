package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries.Fate;
import io.millrace.domain.DomainModel;
import io.millrace.domain.model.Namespace;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds out what became of an event at one connection, from what its subscription knows. On its hub's event loop. */
public final class DeliveryDiagnosis {
    private DeliveryDiagnosis() {}

    /**
     * What became of an event.
     *
     * @param atMicros when it was delivered, microseconds since 1970 UTC; 0 if that isn't known
     */
    public record Result(Fate fate, long atMicros) {}

    static Future<Result> of(
            Connection connection,
            DomainModel domains,
            Event event,
            Position position,
            @Nullable SubscriptionIndex index,
            StreamDispatcher dispatcher) {
        Namespace namespace = domains.namespaceOf(event.stream());
        Visibility visibility = namespace == null
                ? Visibility.NOTHING
                : Visibility.of(domains, namespace, event.stream(), connection.principal());
        if (!visibility.sees(event, connection.principal(), connection.id())) {
            return result(Fate.NOT_PERMITTED);
        }
        Subscription subscription = connection.subscription(event.stream());
        long offset = position.offset();
        if (index == null || subscription == null || !subscription.covers(offset)) {
            return result(Fate.NOT_SUBSCRIBED);
        }
        if (subscription.isDropped(offset)) {
            return result(Fate.DROPPED);
        }
        if (subscription.isConflated(offset) || index.isConflated(subscription, offset)) {
            return result(Fate.CONFLATED);
        }
        if (index.cursor(subscription) < offset) {
            return result(Fate.WAITING);
        }
        return afterFilter(connection, event, offset, subscription, dispatcher);
    }

    /** Whether the filter let the event through needs the event itself. */
    private static Future<Result> afterFilter(
            Connection connection, Event event, long offset, Subscription subscription, StreamDispatcher dispatcher) {
        return dispatcher.read(event.stream(), offset - 1, connection.hub()).map(page -> {
            List<OutboundEvent> found = page.messages();
            if (found.isEmpty() || found.get(0).offset() != offset) {
                return new Result(Fate.DELIVERED, 0);
            }
            OutboundEvent message = found.get(0);
            boolean live = subscription.wasStartedAt(message.atMicros());
            return subscription.matches(message)
                    ? new Result(Fate.DELIVERED, live ? message.atMicros() : 0)
                    : new Result(Fate.FILTERED, 0);
        });
    }

    private static Future<Result> result(Fate fate) {
        return Future.succeededFuture(new Result(fate, 0));
    }
}
