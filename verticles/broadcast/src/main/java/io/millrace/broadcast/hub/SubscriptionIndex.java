package io.millrace.broadcast.hub;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.filter.EqualityKey;
import io.millrace.contracts.filter.EventPath;
import io.millrace.contracts.filter.Filter;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Everybody on one event loop who follows one stream. The groups without a filter get every event; those with one are
 * found through an index of the values that their filters ask for, so that an event costs what its receivers cost, not
 * what all subscribers cost. Owned by its hub's event loop.
 */
final class SubscriptionIndex {
    final Set<Subscription> subscriptions = new HashSet<>();
    /** The last position that was delivered here. */
    Position head = Position.EMPTY;

    private final Map<SubscriptionSpec, Place> groups = new HashMap<>();
    private final Collection<Place> unfiltered = new LinkedHashSet<>();
    /** By path and value: whose filter asks for it. */
    private final Map<EventPath, Map<Object, List<Place>>> asked = new HashMap<>();
    /** Whose filters ask for no value in particular. */
    private final Collection<Place> scanned = new LinkedHashSet<>();

    private final Function<SubscriptionSpec, Place> found;
    /** Groups that are told what leaves their filter. */
    private int findRemoved;

    /** A group, and its pace where it has one. */
    record Place(Group group, @Nullable ConflationBuffer rounds) {}

    /**
     * @param found makes a group
     */
    SubscriptionIndex(Function<SubscriptionSpec, Place> found) {
        this.found = found;
    }

    void join(Subscription subscription) {
        subscription.live = true;
        Place place = groups.computeIfAbsent(subscription.want, this::begin);
        if (place.rounds == null) {
            place.group.add(subscription);
        } else {
            place.rounds.add(subscription);
        }
    }

    /** It goes on by itself from where the group is. */
    void leave(Subscription subscription) {
        Place place = groups.get(subscription.want);
        if (!subscription.live || place == null) {
            return;
        }
        subscription.live = false;
        if (place.rounds == null) {
            subscription.cursor = head.offset();
            place.group.remove(subscription);
        } else {
            place.rounds.remove(subscription, head.offset());
        }
        if (place.group.members.isEmpty() && (place.rounds == null || place.rounds.empty())) {
            groups.remove(subscription.want);
            end(place);
        }
    }

    /** The last offset that was dealt with for it. */
    long cursor(Subscription subscription) {
        Place place = subscription.live ? groups.get(subscription.want) : null;
        if (place == null) {
            return subscription.cursor;
        }
        // What is told to be dealt with must be on its way.
        place.group.settle();
        return place.rounds == null ? head.offset() : Math.max(subscription.cursor, place.rounds.sent(head.offset()));
    }

    boolean conflated(Subscription subscription, long offset) {
        Place place = groups.get(subscription.want);
        return place != null && place.rounds != null && place.rounds.conflated(offset);
    }

    void deliver(List<OutboundEvent> messages) {
        Set<Place> touched = match(messages);
        for (Place place : List.copyOf(unfiltered)) {
            deliver(place, messages);
        }
        for (Place place : touched) {
            deliver(place, place.group.takeMatched());
        }
        Position last = messages.get(messages.size() - 1).message().position();
        if (last != null) {
            head = last;
        }
    }

    /** The stream was begun anew: what waited is of the old one. */
    void reset(Position beginning) {
        head = beginning;
        for (Place place : groups.values()) {
            place.group.settle();
            if (place.rounds != null) {
                place.rounds.clear();
            }
        }
    }

    private static void deliver(Place place, List<OutboundEvent> messages) {
        if (place.rounds == null) {
            place.group.deliver(messages);
        } else {
            place.rounds.take(messages);
        }
    }

    private Set<Place> match(List<OutboundEvent> messages) {
        if (asked.isEmpty() && scanned.isEmpty()) {
            return Set.of();
        }
        Set<Place> touched = new LinkedHashSet<>();
        for (OutboundEvent message : messages) {
            for (Place place : scanned) {
                match(place, message, touched);
            }
            matchAsked(message, message.tree(), touched);
            if (findRemoved > 0 && message.entity() != null && message.stateKnown()) {
                matchAsked(message, message.stateTree(), touched);
                matchAsked(message, message.beforeTree(), touched);
            }
        }
        return touched;
    }

    /** Those whose filters ask for a value that this tree has. */
    private void matchAsked(OutboundEvent message, @Nullable JsonNode tree, Set<Place> touched) {
        if (tree != null) {
            asked.forEach((path, byValue) -> path.values(tree, value -> {
                for (Place place : byValue.getOrDefault(value, List.of())) {
                    match(place, message, touched);
                }
            }));
        }
    }

    private static void match(Place place, OutboundEvent message, Set<Place> touched) {
        Filter filter = place.group.want.filter();
        if (filter != null && place.group.tries(message)) {
            OutboundEvent shown = place.group.want.filtered(message);
            if (shown != null) {
                place.group.match(shown);
                touched.add(place);
            }
        }
    }

    private Place begin(SubscriptionSpec want) {
        Place place = found.apply(want);
        findRemoved += want.findsRemoved() ? 1 : 0;
        Filter filter = want.filter();
        if (filter == null) {
            unfiltered.add(place);
        } else if (filter.keys().isEmpty()) {
            scanned.add(place);
        } else {
            for (EqualityKey key : filter.keys()) {
                asked.computeIfAbsent(key.path(), path -> new HashMap<>())
                        .computeIfAbsent(key.value(), value -> new ArrayList<>(1))
                        .add(place);
            }
        }
        return place;
    }

    private void end(Place place) {
        findRemoved -= place.group.want.findsRemoved() ? 1 : 0;
        unfiltered.remove(place);
        scanned.remove(place);
        Filter filter = place.group.want.filter();
        if (filter != null) {
            for (EqualityKey key : filter.keys()) {
                Map<Object, List<Place>> byValue = asked.get(key.path());
                List<Place> places = byValue == null ? null : byValue.get(key.value());
                if (byValue != null && places != null && places.remove(place) && places.isEmpty()) {
                    byValue.remove(key.value());
                    if (byValue.isEmpty()) {
                        asked.remove(key.path());
                    }
                }
            }
        }
    }
}
