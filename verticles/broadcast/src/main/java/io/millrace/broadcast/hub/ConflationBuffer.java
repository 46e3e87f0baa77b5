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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The pace of a group that wants at most so many messages a second of each entity. What changes within a round goes out
 * at its end: of each entity the newest, all in the stream's order, so that positions still rise. After a pause the first
 * goes out at once, but where each member sees only what is theirs: there a round that others' events had begun would tell
 * of them, and rounds end by the clock. Owned by its hub's event loop.
 */
final class ConflationBuffer {
    /** More than that don't wait for the round's end. */
    private static final int MAX_WAITING = 10_000;

    private final Vertx vertx;
    private final Group group;
    private final long roundMs;
    private final boolean byTheClock;
    private final Map<Object, OutboundEvent> waiting = new LinkedHashMap<>();
    /** Joined within the round: of what waits they have a part already. */
    private final List<Subscription> late = new ArrayList<>();

    private final OffsetRanges conflated = new OffsetRanges();
    private final Runnable countConflated;
    private boolean running;

    ConflationBuffer(Vertx vertx, Group group, Runnable countConflated) {
        this.vertx = vertx;
        this.group = group;
        this.roundMs = Math.max(1, Math.round(1_000 / group.want.rate()));
        this.byTheClock = !group.want.visibility().own().isEmpty();
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
            if (replaced != null) {
                conflated.add(replaced.offset(), replaced.offset());
                countConflated.run();
            }
        }
        if (!running && byTheClock && !waiting.isEmpty()) {
            running = true;
            vertx.setTimer(roundMs - Connection.now() % roundMs, timer -> end());
        } else if (!running && !byTheClock) {
            end();
        } else if (waiting.size() >= MAX_WAITING) {
            out();
        }
    }

    /** What a newer message of the same replaces, who ever sees it; null if nobody here sees the message. */
    private @Nullable Object slot(OutboundEvent message) {
        Visibility visibility = group.want.visibility();
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

    private void end() {
        running = !waiting.isEmpty();
        if (running) {
            out();
            vertx.setTimer(roundMs - (byTheClock ? Connection.now() % roundMs : 0), timer -> end());
        }
    }

    private void out() {
        List<OutboundEvent> round = List.copyOf(waiting.values());
        waiting.clear();
        group.deliver(round);
        for (Subscription joined : late) {
            group.add(joined);
            group.deliver(
                    joined,
                    round.stream()
                            .filter(message -> message.offset() > joined.cursor)
                            .flatMap(message -> Stream.ofNullable(joined.visible(message)))
                            .toList());
        }
        late.clear();
    }

    void add(Subscription subscription) {
        if (waiting.isEmpty()) {
            group.add(subscription);
        } else {
            late.add(subscription);
        }
    }

    /** Where a subscription that leaves has to go on. */
    void remove(Subscription subscription, long head) {
        if (!late.remove(subscription)) {
            subscription.cursor = Math.max(subscription.cursor, sent(head));
            group.remove(subscription);
        }
    }

    /** Everything up to there is out or was replaced by something newer. */
    long sent(long head) {
        for (OutboundEvent message : waiting.values()) {
            if (message.offset() > 0) {
                return message.offset() - 1;
            }
        }
        return head;
    }

    /** What waited is of a stream that was begun anew. */
    void clear() {
        waiting.clear();
    }

    boolean conflated(long offset) {
        return conflated.contains(offset);
    }

    boolean empty() {
        return late.isEmpty();
    }
}
