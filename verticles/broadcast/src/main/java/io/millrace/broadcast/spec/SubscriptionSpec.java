package io.millrace.broadcast.spec;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.filter.Filter;
import io.millrace.platform.delivery.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * What a subscription asks for. Subscriptions of a stream with the same specification are one group, matched and encoded
 * once.
 *
 * @param filter null for every event that may be seen
 * @param rate the highest number of messages a second for each entity; 0 for no limit
 * @param delta whether the client gets merge patches
 * @param removed whether the client gets a removal when an entity stops matching the filter; then the filter tests the
 *     entities' states, too
 */
public record SubscriptionSpec(
        Visibility visibility, @Nullable Filter filter, double rate, boolean delta, boolean removed) {
    /** Whether entities that stop matching the filter have to be found. */
    public boolean findsRemoved() {
        return removed && filter != null;
    }

    /** Applies the filter to a visible event: the event, the removal of its entity, or null for nothing. */
    @Nullable
    public OutboundEvent filtered(OutboundEvent message) {
        if (filter == null || message.removal() || filter.matches(message.tree())) {
            return message;
        }
        if (!removed || message.entity() == null || !message.stateKnown() || !seesState(message)) {
            return null;
        }
        if (message.stateTree() != null && filter.matches(message.stateTree())) {
            return message;
        }
        // An event from history has only the entity's present state: the client may have had the entity.
        boolean had = message.fromHistory() || (message.beforeTree() != null && filter.matches(message.beforeTree()));
        return had ? message.removed() : null;
    }

    /** Whether a user no longer sees the event's entity after the event. */
    public boolean losesEntity(OutboundEvent message, String user) {
        if (visibility.unrestricted() || !message.mayLeaveView()) {
            return false;
        }
        boolean all =
                message.entityTypes().stream().anyMatch(type -> visibility.all().contains(type.name()));
        return all
                ? message.deletesEntity()
                : user.equals(message.previousOwner())
                        && message.entityTypes().stream()
                                .anyMatch(type -> visibility.own().contains(type.name()));
    }

    /** Whether an event is sent as a delta, if it changes an entity. */
    public boolean delta(OutboundEvent message) {
        return delta && seesState(message);
    }

    /** Where users see only their own events, the entity's state must be the user's own, too. */
    private boolean seesState(OutboundEvent message) {
        return visibility.unrestricted()
                || visibility.all().contains(message.event().type())
                || message.stateHasSameOwner();
    }

    /** Whether the client gets every event of the stream, so that the events themselves carry its position. */
    public boolean matchesAll() {
        return visibility.unrestricted() && filter == null && rate == 0;
    }
}
