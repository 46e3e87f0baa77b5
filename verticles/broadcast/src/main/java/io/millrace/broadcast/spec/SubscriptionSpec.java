package io.millrace.broadcast.spec;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.filter.Filter;
import io.millrace.platform.delivery.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * What makes two subscriptions of a stream the same: who wants the same is one group, matched and shaped once.
 *
 * @param filter null for everything that may be seen
 * @param rate messages a second for each entity; 0 for all there are
 * @param delta whether merge patches are wanted
 * @param removed whether it is told what leaves the filter; then the filter looks at entities as they stand, too
 */
public record SubscriptionSpec(
        Visibility visibility, @Nullable Filter filter, double rate, boolean delta, boolean removed) {
    /** Whether what leaves the filter has to be found, too. */
    public boolean findsRemoved() {
        return removed && filter != null;
    }

    /** What an event that may be seen is to the filter: itself, the removal of its entity, or null for nothing. */
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
        // What is read back from history tells only how the entity stands now: its client may have had it.
        boolean had = message.fromHistory() || (message.beforeTree() != null && filter.matches(message.beforeTree()));
        return had ? message.removed() : null;
    }

    /** Whether an event takes its entity out of what somebody sees of the stream. */
    public boolean loses(OutboundEvent message, String user) {
        if (visibility.whole() || !message.leaves()) {
            return false;
        }
        boolean all = message.kin().stream().anyMatch(type -> visibility.all().contains(type.name()));
        return all
                ? message.gone()
                : user.equals(message.previousOwner())
                        && message.kin().stream()
                                .anyMatch(type -> visibility.own().contains(type.name()));
    }

    /** Whether an event goes as a delta, if it changes an entity. */
    public boolean delta(OutboundEvent message) {
        return delta && seesState(message);
    }

    /** Of a type that is seen of oneself only the state must be one's own too: it may hold what others made of it. */
    private boolean seesState(OutboundEvent message) {
        return visibility.whole() || visibility.all().contains(message.event().type()) || message.stateIsTheOwners();
    }

    /** Whether it gets every event of the stream, so that the events themselves tell how far it is. */
    public boolean everything() {
        return visibility.whole() && filter == null && rate == 0;
    }
}
