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
 * The subscriptions of one event loop to one stream. The groups without a filter get every event; those with one are found
 * through an index of the values that their filters ask for, so that an event costs what its receivers cost, not what all
 * subscribers cost. Owned by its hub's event loop.
 */
final class SubscriptionIndex {
    private final Set<Subscription> subscriptions = new HashSet<>();
    /** The last position that was delivered on this event loop. */
    private Position head = Position.EMPTY;

    private final Map<SubscriptionSpec, GroupEntry> groups = new HashMap<>();
    private final Collection<GroupEntry> unfiltered = new LinkedHashSet<>();
    /** The groups whose filters ask for a value, by path and value. */
    private final Map<EventPath, Map<Object, List<GroupEntry>>> byValue = new HashMap<>();
    /** The groups whose filters ask for no particular value. */
    private final Collection<GroupEntry> scanned = new LinkedHashSet<>();

    private final Function<SubscriptionSpec, GroupEntry> newGroup;
    /** The number of groups that get a removal when an entity stops matching their filter. */
    private int findRemoved;

    /**
     * A group and its rate limit.
     *
     * @param conflation limits the group's rate; null if it has no limit
     */
    record GroupEntry(Group group, @Nullable ConflationBuffer conflation) {
        void deliver(List<OutboundEvent> messages) {
            if (conflation == null) {
                group.deliver(messages);
            } else {
                conflation.add(messages);
            }
        }
    }

    SubscriptionIndex(Function<SubscriptionSpec, GroupEntry> newGroup) {
        this.newGroup = newGroup;
    }

    void add(Subscription subscription) {
        subscriptions.add(subscription);
    }

    /**
     * Removes a closed subscription.
     *
     * @return whether it was the last one
     */
    boolean remove(Subscription subscription) {
        subscriptions.remove(subscription);
        return subscriptions.isEmpty();
    }

    List<Subscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    Position head() {
        return head;
    }

    /** Sets the head to a position up to which the dispatcher has delivered every event, or will deliver it next. */
    void startAt(Position newest) {
        if (newest.offset() >= head.offset()) {
            head = newest;
        }
    }

    /** Adds a subscription that became live to its group. */
    void join(Subscription subscription) {
        GroupEntry entry = groups.computeIfAbsent(subscription.spec(), this::start);
        if (entry.conflation == null) {
            entry.group.add(subscription);
        } else {
            entry.conflation.add(subscription);
        }
    }

    /**
     * Takes a live subscription out of its group.
     *
     * @return the last offset that the group delivered, after which the subscription reads by itself
     */
    long leave(Subscription subscription) {
        GroupEntry entry = groups.get(subscription.spec());
        if (!subscription.isLive() || entry == null) {
            return subscription.cursor();
        }
        long reached = head.offset();
        if (entry.conflation == null) {
            entry.group.remove(subscription);
        } else {
            reached = entry.conflation.remove(subscription, reached);
        }
        if (entry.group.members.isEmpty() && (entry.conflation == null || !entry.conflation.hasJoining())) {
            groups.remove(subscription.spec());
            end(entry);
        }
        return reached;
    }

    /** The last offset that was delivered to a subscription, or passed over for it. */
    long cursor(Subscription subscription) {
        GroupEntry entry = subscription.isLive() ? groups.get(subscription.spec()) : null;
        if (entry == null) {
            return subscription.cursor();
        }
        // A position may be reported only after its messages were written.
        entry.group.flush();
        return entry.conflation == null
                ? head.offset()
                : Math.max(subscription.cursor(), entry.conflation.sent(head.offset()));
    }

    boolean isConflated(Subscription subscription, long offset) {
        GroupEntry entry = groups.get(subscription.spec());
        return entry != null && entry.conflation != null && entry.conflation.isConflated(offset);
    }

    void deliver(List<OutboundEvent> messages) {
        Set<GroupEntry> touched = match(messages);
        for (GroupEntry entry : List.copyOf(unfiltered)) {
            entry.deliver(messages);
        }
        for (GroupEntry entry : touched) {
            entry.deliver(entry.group.takeMatched());
        }
        Position last = messages.get(messages.size() - 1).message().position();
        if (last != null) {
            head = last;
        }
    }

    /** The stream was reset: buffered messages are flushed, conflated ones dropped. */
    void reset(Position beginning) {
        head = beginning;
        for (GroupEntry entry : groups.values()) {
            entry.group.flush();
            if (entry.conflation != null) {
                entry.conflation.clear();
            }
        }
    }

    private Set<GroupEntry> match(List<OutboundEvent> messages) {
        if (byValue.isEmpty() && scanned.isEmpty()) {
            return Set.of();
        }
        Set<GroupEntry> touched = new LinkedHashSet<>();
        for (OutboundEvent message : messages) {
            for (GroupEntry entry : scanned) {
                match(entry, message, touched);
            }
            matchValues(message, message.tree(), touched);
            if (findRemoved > 0 && message.entity() != null && message.stateKnown()) {
                matchValues(message, message.stateTree(), touched);
                matchValues(message, message.beforeTree(), touched);
            }
        }
        return touched;
    }

    /** Matches the groups whose filters ask for a value that this tree has. */
    private void matchValues(OutboundEvent message, @Nullable JsonNode tree, Set<GroupEntry> touched) {
        if (tree != null) {
            byValue.forEach((path, entries) -> path.values(tree, value -> {
                for (GroupEntry entry : entries.getOrDefault(value, List.of())) {
                    match(entry, message, touched);
                }
            }));
        }
    }

    private static void match(GroupEntry entry, OutboundEvent message, Set<GroupEntry> touched) {
        Filter filter = entry.group.spec.filter();
        if (filter != null && entry.group.markEvaluated(message)) {
            OutboundEvent shown = entry.group.spec.filtered(message);
            if (shown != null) {
                entry.group.match(shown);
                touched.add(entry);
            }
        }
    }

    private GroupEntry start(SubscriptionSpec spec) {
        GroupEntry entry = newGroup.apply(spec);
        findRemoved += spec.findsRemoved() ? 1 : 0;
        Filter filter = spec.filter();
        if (filter == null) {
            unfiltered.add(entry);
        } else if (filter.keys().isEmpty()) {
            scanned.add(entry);
        } else {
            for (EqualityKey key : filter.keys()) {
                byValue.computeIfAbsent(key.path(), path -> new HashMap<>())
                        .computeIfAbsent(key.value(), value -> new ArrayList<>(1))
                        .add(entry);
            }
        }
        return entry;
    }

    private void end(GroupEntry entry) {
        findRemoved -= entry.group.spec.findsRemoved() ? 1 : 0;
        unfiltered.remove(entry);
        scanned.remove(entry);
        Filter filter = entry.group.spec.filter();
        if (filter != null) {
            for (EqualityKey key : filter.keys()) {
                Map<Object, List<GroupEntry>> values = byValue.get(key.path());
                List<GroupEntry> entries = values == null ? null : values.get(key.value());
                if (values != null && entries != null && entries.remove(entry) && entries.isEmpty()) {
                    values.remove(key.value());
                    if (values.isEmpty()) {
                        byValue.remove(key.path());
                    }
                }
            }
        }
    }
}
