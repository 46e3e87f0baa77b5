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

/** What became of an event at one connection, told from what its subscription knows. On its hub's event loop. */
public final class DeliveryDiagnosis {
    private DeliveryDiagnosis() {}

    /**
     * @param atMicros when, microseconds since 1970 UTC; 0 if that isn't known
     */
    public record Told(Fate fate, long atMicros) {}

    static Future<Told> of(
            Connection connection,
            DomainModel domains,
            Event event,
            Position position,
            @Nullable SubscriptionIndex audience,
            StreamDispatcher feed) {
        Namespace namespace = domains.namespaceOf(event.stream());
        Visibility visibility = namespace == null
                ? Visibility.NOTHING
                : Visibility.of(domains, namespace, event.stream(), connection.principal());
        if (!visibility.sees(event, connection.principal(), connection.id())) {
            return told(Fate.NOT_PERMITTED);
        }
        Subscription subscription = connection.subscription(event.stream());
        long offset = position.offset();
        boolean since = subscription != null && subscription.opened && offset > subscription.begun;
        if (audience == null || subscription == null || !since) {
            return told(Fate.NOT_SUBSCRIBED);
        }
        if (subscription.dropped(offset)) {
            return told(Fate.DROPPED);
        }
        if (subscription.conflated(offset) || audience.conflated(subscription, offset)) {
            return told(Fate.CONFLATED);
        }
        if (audience.cursor(subscription) < offset) {
            return told(Fate.WAITING);
        }
        return filtered(connection, event, offset, subscription, feed);
    }

    /** The filter asks for what the event says. */
    private static Future<Told> filtered(
            Connection connection, Event event, long offset, Subscription subscription, StreamDispatcher feed) {
        return feed.read(event.stream(), offset - 1, connection.hub()).map(page -> {
            List<OutboundEvent> found = page.messages();
            if (found.isEmpty() || found.get(0).offset() != offset) {
                return new Told(Fate.DELIVERED, 0);
            }
            OutboundEvent message = found.get(0);
            boolean live = message.atMicros() >= subscription.begunAtMicros;
            return subscription.matches(message)
                    ? new Told(Fate.DELIVERED, live ? message.atMicros() : 0)
                    : new Told(Fate.FILTERED, 0);
        });
    }

    private static Future<Told> told(Fate fate) {
        return Future.succeededFuture(new Told(fate, 0));
    }
}
