package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.domain.DomainModel;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Finds out what became of an event at one connection, from the state of its subscription. On its hub's event loop. */
public final class DeliveryDiagnosis {
    private DeliveryDiagnosis() {}

    /**
     * What became of an event.
     *
     * @param atMicros when the event was delivered, microseconds since 1970 UTC; 0 if the time isn't known
     */
    public record Result(DeliveryStatus status, long atMicros) {}

    static Future<Result> of(
            Connection connection,
            DomainModel domains,
            Event event,
            Position position,
            @Nullable SubscriptionIndex index,
            StreamDispatcher dispatcher) {
        Visibility visibility = Visibility.of(domains, event.stream(), connection.principal());
        if (!visibility.sees(event, connection.principal(), connection.id())) {
            return result(DeliveryStatus.NOT_PERMITTED);
        }
        Subscription subscription = connection.subscription(event.stream());
        long offset = position.offset();
        if (index == null || subscription == null || !subscription.covers(offset)) {
            return result(DeliveryStatus.NOT_SUBSCRIBED);
        }
        if (subscription.isDropped(offset)) {
            return result(DeliveryStatus.DROPPED);
        }
        if (subscription.isConflated(offset) || index.isConflated(subscription, offset)) {
            return result(DeliveryStatus.CONFLATED);
        }
        if (index.cursor(subscription) < offset) {
            return result(DeliveryStatus.WAITING);
        }
        return afterFilter(connection, event, offset, subscription, dispatcher);
    }

    /** Tests the filter, which needs the event itself. */
    private static Future<Result> afterFilter(
            Connection connection, Event event, long offset, Subscription subscription, StreamDispatcher dispatcher) {
        return dispatcher.read(event.stream(), offset - 1, connection.hub()).map(page -> {
            List<OutboundEvent> found = page.messages();
            if (found.isEmpty() || found.get(0).offset() != offset) {
                return new Result(DeliveryStatus.DELIVERED, 0);
            }
            OutboundEvent message = found.get(0);
            boolean live = subscription.wasStartedAt(message.receivedAtMicros());
            return subscription.matches(message)
                    ? new Result(DeliveryStatus.DELIVERED, live ? message.receivedAtMicros() : 0)
                    : new Result(DeliveryStatus.FILTERED, 0);
        });
    }

    private static Future<Result> result(DeliveryStatus status) {
        return Future.succeededFuture(new Result(status, 0));
    }
}
