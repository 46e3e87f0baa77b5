package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.journey.Deliveries.DeliveryStatus;
import io.millrace.domain.DomainModel;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Finds out what became of an event at a connection, from the state of its subscription. On its hub's event loop. */
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
        DeliveryStatus status = beforeFilter(index, subscription, position.offset());
        if (status != null || subscription == null) {
            return result(status == null ? DeliveryStatus.NOT_SUBSCRIBED : status);
        }
        return read(event.stream(), position.offset(), dispatcher, connection.hub())
                .map(message -> afterFilter(subscription, message));
    }

    /**
     * The same for all connections of a hub: the event is read once. Without a subscription it is not asked whether the
     * client may see the event.
     */
    static Future<Function<Connection, Result>> ofAll(
            Hub hub,
            Event event,
            Position position,
            Supplier<@Nullable SubscriptionIndex> indexes,
            StreamDispatcher dispatcher) {
        return read(event.stream(), position.offset(), dispatcher, hub).map(message -> connection -> {
            Subscription subscription = connection.subscription(event.stream());
            DeliveryStatus status = beforeFilter(indexes.get(), subscription, position.offset());
            if (subscription == null || status == DeliveryStatus.NOT_SUBSCRIBED) {
                return new Result(DeliveryStatus.NOT_SUBSCRIBED, 0);
            }
            Visibility visibility = subscription.spec().visibility();
            if (!visibility.sees(event, connection.principal(), connection.id())) {
                return new Result(DeliveryStatus.NOT_PERMITTED, 0);
            }
            return status == null ? afterFilter(subscription, message) : new Result(status, 0);
        });
    }

    /** Null if the subscription was at the event, so that its filter decides. */
    private static @Nullable DeliveryStatus beforeFilter(
            @Nullable SubscriptionIndex index, @Nullable Subscription subscription, long offset) {
        if (index == null || subscription == null || !subscription.covers(offset)) {
            return DeliveryStatus.NOT_SUBSCRIBED;
        }
        if (subscription.isDropped(offset)) {
            return DeliveryStatus.DROPPED;
        }
        if (subscription.isConflated(offset) || index.isConflated(subscription, offset)) {
            return DeliveryStatus.CONFLATED;
        }
        return index.cursor(subscription) < offset ? DeliveryStatus.WAITING : null;
    }

    /** Tests the filter, which needs the event itself; one that is not kept any more is taken for delivered. */
    private static Result afterFilter(Subscription subscription, Optional<OutboundEvent> read) {
        if (read.isEmpty()) {
            return new Result(DeliveryStatus.DELIVERED, 0);
        }
        OutboundEvent message = read.get();
        boolean live = subscription.wasStartedAt(message.receivedAtMicros());
        return subscription.matches(message)
                ? new Result(DeliveryStatus.DELIVERED, live ? message.receivedAtMicros() : 0)
                : new Result(DeliveryStatus.FILTERED, 0);
    }

    private static Future<Optional<OutboundEvent>> read(
            String stream, long offset, StreamDispatcher dispatcher, Hub hub) {
        return dispatcher.read(stream, offset - 1, hub).map(page -> page.messages().stream()
                .limit(1)
                .filter(found -> found.offset() == offset)
                .findFirst());
    }

    private static Future<Result> result(DeliveryStatus status) {
        return Future.succeededFuture(new Result(status, 0));
    }
}
