package io.millrace.broadcast.hub;

import io.millrace.contracts.filter.Filter;
import io.millrace.platform.delivery.Visibility;
import org.jspecify.annotations.Nullable;

/**
 * What makes two subscriptions of a stream the same: who wants the same is one group, matched and shaped once.
 *
 * @param filter null for everything that may be seen
 * @param rate messages a second for each entity; 0 for all there are
 * @param delta whether merge patches are wanted
 */
public record Want(Visibility visibility, @Nullable Filter filter, double rate, boolean delta) {
    /**
     * Whether an event goes as a delta, if it changes an entity. Of a type that is seen of oneself only it does if the state
     * is one's own too: it may hold what others made of it.
     */
    boolean delta(Outgoing message) {
        return delta
                && (visibility.whole()
                        || visibility.all().contains(message.event().type())
                        || message.stateIsTheOwners());
    }

    /** Whether it gets every event of the stream, so that the events themselves tell how far it is. */
    boolean everything() {
        return visibility.whole() && filter == null && rate == 0;
    }
}
