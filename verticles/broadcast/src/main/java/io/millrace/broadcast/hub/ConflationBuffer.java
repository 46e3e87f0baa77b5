package io.millrace.broadcast.hub;

import io.millrace.broadcast.history.OffsetRanges;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the rate of a group whose subscriptions ask for at most so many messages a second of each entity. At the end of an
 * interval the newest message of each entity is sent, all in the stream's order, so that positions still rise. After a pause
 * the first message is sent at once. Not where each member sees only its own events: an interval started by another user's
 * event would reveal it, so there intervals end by the clock. Owned by its hub's event loop.
 */
final class ConflationBuffer {
    /** At this many messages the buffer is flushed before the interval ends. */
    private static final int MAX_PENDING = 10_000;

    private final Vertx vertx;
    private final Group group;
    private final long intervalMs;
    private final boolean alignedToClock;
    private final Map<Object, OutboundEvent> pending = new LinkedHashMap<>();
    /** The subscriptions that joined within the interval: some pending messages came before them. */
    private final List<Joining> joining = new ArrayList<>();

    /** The number of pending transient events. */
    private int transients;

    private final OffsetRanges conflated = new OffsetRanges();
    private final Runnable countConflated;
    private boolean running;

    /**
     * A subscription that joined within the interval.
     *
     * @param transients how many transient events were pending when the subscription joined: these are not for it
     */
    private record Joining(Subscription subscription, int transients) {}

    ConflationBuffer(Vertx vertx, Group group, Runnable countConflated) {
        this.vertx = vertx;
        this.group = group;
        this.intervalMs = Math.max(1, Math.round(1_000 / group.spec.rate()));
        this.alignedToClock = !group.spec.visibility().own().isEmpty();
        this.countConflated = countConflated;
    }

    void add(List<OutboundEvent> messages) {
        for (OutboundEvent message : messages) {
            Object slot = slot(message);
            if (slot == null) {
                continue;
            }
            OutboundEvent replaced = pending.remove(slot);
            pending.put(slot, message);
            transients += message.offset() == 0 ? 1 : 0;
            if (replaced != null) {
                replaced.noteMatch();
                conflated.add(replaced.offset(), replaced.offset());
                countConflated.run();
            }
        }
        if (!running && alignedToClock && !pending.isEmpty()) {
            running = true;
            vertx.setTimer(intervalMs - Connection.now() % intervalMs, timer -> endInterval());
        } else if (!running && !alignedToClock) {
            endInterval();
        } else if (pending.size() >= MAX_PENDING) {
            flush();
        }
    }

    /** The key under which a newer message replaces an older one; null if no member sees the message. */
    private @Nullable Object slot(OutboundEvent message) {
        Visibility visibility = group.spec.visibility();
        EntityRef entity = message.entity();
        String type = message.event().type();
        boolean forAll = visibility.unrestricted() || visibility.all().contains(type);
        if (!visibility.unrestricted() && message.mayLeaveView()) {
            // One member gets the new state, another the removal: no other message may replace it.
            return message;
        }
        if (!forAll && !visibility.own().contains(type)) {
            return null;
        }
        if (entity == null || !message.message().unaddressed()) {
            return message;
        }
        return forAll ? entity : new Owned(entity, message.event().owner());
    }

    private record Owned(EntityRef entity, @Nullable String owner) {}

    private void endInterval() {
        running = !pending.isEmpty();
        if (running) {
            flush();
            vertx.setTimer(intervalMs - (alignedToClock ? Connection.now() % intervalMs : 0), timer -> endInterval());
        }
    }

    private void flush() {
        List<OutboundEvent> interval = List.copyOf(pending.values());
        pending.clear();
        transients = 0;
        group.deliver(interval);
        for (Joining joined : joining) {
            group.add(joined.subscription);
            group.deliver(joined.subscription, after(joined, interval));
        }
        joining.clear();
    }

    /** The messages that came after a subscription joined, as its client may see them. */
    private static List<OutboundEvent> after(Joining joined, List<OutboundEvent> interval) {
        List<OutboundEvent> found = new ArrayList<>();
        int before = joined.transients;
        for (OutboundEvent message : interval) {
            boolean isAfter = message.offset() == 0 ? before-- <= 0 : message.offset() > joined.subscription.cursor();
            OutboundEvent visible = isAfter ? joined.subscription.visible(message) : null;
            if (visible != null) {
                found.add(visible);
            }
        }
        return found;
    }

    void add(Subscription subscription) {
        if (pending.isEmpty()) {
            group.add(subscription);
        } else {
            joining.add(new Joining(subscription, transients));
        }
    }

    /**
     * @return the offset after which the subscription continues
     */
    long remove(Subscription subscription, long head) {
        if (joining.removeIf(joined -> joined.subscription == subscription)) {
            return subscription.cursor();
        }
        long reached = Math.max(subscription.cursor(), sent(head));
        group.remove(subscription);
        return reached;
    }

    /** The offset up to which every event was sent or replaced by a newer one. */
    long sent(long head) {
        for (OutboundEvent message : pending.values()) {
            if (message.offset() > 0) {
                return message.offset() - 1;
            }
        }
        return head;
    }

    /** The stream was reset: pending messages of the old one are dropped. */
    void clear() {
        pending.clear();
        transients = 0;
        joining.forEach(joined -> group.add(joined.subscription));
        joining.clear();
    }

    boolean isConflated(long offset) {
        return conflated.contains(offset);
    }

    boolean hasJoining() {
        return !joining.isEmpty();
    }
}
