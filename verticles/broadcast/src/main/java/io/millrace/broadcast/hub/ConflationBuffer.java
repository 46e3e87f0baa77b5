package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.replay.OffsetRanges;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.Visibility;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Limits the rate of a group whose subscriptions want at most so many messages a second of each entity. What changes within
 * an interval goes out at its end: of each entity the newest, all in the stream's order, so that positions still rise.
 * After a pause the first goes out at once, but not where each member sees only its own: there an interval that others'
 * events had started would tell of them, and intervals end by the clock. Owned by its hub's event loop.
 */
final class ConflationBuffer {
    /** More messages than this don't wait for the interval's end. */
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final Group group;
    private final long intervalMs;
    private final boolean byTheClock;
    private final Map<Object, OutboundEvent> waiting = new LinkedHashMap<>();
    /** Joined within the interval: a part of what waits came before them. */
    private final List<Late> late = new ArrayList<>();

    /** How many transient events wait. */
    private int transients;

    private final OffsetRanges conflated = new OffsetRanges();
    private final Runnable countConflated;
    private boolean running;

    /**
     * A subscription that joined within the interval.
     *
     * @param transients how many transient events waited when it joined: these are not for it
     */
    private record Late(Subscription subscription, int transients) {}

    ConflationBuffer(Vertx vertx, Group group, Runnable countConflated) {
        this.vertx = vertx;
        this.group = group;
        this.intervalMs = Math.max(1, Math.round(1_000 / group.spec.rate()));
        this.byTheClock = !group.spec.visibility().own().isEmpty();
        this.countConflated = countConflated;
    }

    void take(List<OutboundEvent> messages) {
        for (OutboundEvent message : messages) {
            Object slot = slot(message);
            if (slot == null) {
                continue;
            }
            OutboundEvent replaced = waiting.remove(slot);
            waiting.put(slot, message);
            transients += message.offset() == 0 ? 1 : 0;
            if (replaced != null) {
                conflated.add(replaced.offset(), replaced.offset());
                countConflated.run();
            }
        }
        if (!running && byTheClock && !waiting.isEmpty()) {
            running = true;
            vertx.setTimer(intervalMs - Connection.now() % intervalMs, timer -> endInterval());
        } else if (!running && !byTheClock) {
            endInterval();
        } else if (waiting.size() >= MAX_WAITING) {
            flush();
        }
    }

    /** What a newer message of the same replaces, whoever sees it; null if no member sees the message. */
    private @Nullable Object slot(OutboundEvent message) {
        Visibility visibility = group.spec.visibility();
        EntityRef entity = message.entity();
        String type = message.event().type();
        boolean forAll = visibility.whole() || visibility.all().contains(type);
        if (!visibility.whole() && message.leaves()) {
            // To one it says what is new, to another that it is gone: nothing takes its place.
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
        running = !waiting.isEmpty();
        if (running) {
            flush();
            vertx.setTimer(intervalMs - (byTheClock ? Connection.now() % intervalMs : 0), timer -> endInterval());
        }
    }

    private void flush() {
        List<OutboundEvent> interval = List.copyOf(waiting.values());
        waiting.clear();
        transients = 0;
        group.deliver(interval);
        for (Late joined : late) {
            group.add(joined.subscription);
            group.deliver(joined.subscription, after(joined, interval));
        }
        late.clear();
    }

    /** What came after a subscription joined, as its client may see it. A transient event is never replaced. */
    private static List<OutboundEvent> after(Late joined, List<OutboundEvent> interval) {
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
        if (waiting.isEmpty()) {
            group.add(subscription);
        } else {
            late.add(new Late(subscription, transients));
        }
    }

    /**
     * @return the offset after which a subscription that leaves has to go on
     */
    long remove(Subscription subscription, long head) {
        if (late.removeIf(joined -> joined.subscription == subscription)) {
            return subscription.cursor();
        }
        long reached = Math.max(subscription.cursor(), sent(head));
        group.remove(subscription);
        return reached;
    }

    /** Everything up to this offset is out or was replaced by something newer. */
    long sent(long head) {
        for (OutboundEvent message : waiting.values()) {
            if (message.offset() > 0) {
                return message.offset() - 1;
            }
        }
        return head;
    }

    /** The stream was reset: what waited is of the old one. */
    void clear() {
        waiting.clear();
        transients = 0;
        late.forEach(joined -> group.add(joined.subscription));
        late.clear();
    }

    boolean isConflated(long offset) {
        return conflated.contains(offset);
    }

    boolean hasLate() {
        return !late.isEmpty();
    }
}
