package io.millrace.broadcast.hub;

import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.replay.OffsetRanges;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.event.EntityRef;
import io.millrace.platform.delivery.PositionCipher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection's place in one stream. Live, it is a member of its group and gets what the group gets. Otherwise it
 * reads on from its cursor at its own pace: after a resume, and whenever its socket is full. There is no third way, so
 * nothing is ever buffered for one client. Owned by its hub's event loop.
 */
public final class Subscription {
    /** More entities than that are forgotten, and told whole again. */
    private static final int MAX_KNOWN = 10_000;

    final Connection connection;
    final String stream;
    public final SubscriptionSpec want;
    final SlowConsumerPolicy slow;

    /** Where it was asked to begin. */
    StartPosition from = new StartPosition.Now();

    /** The last offset that was dealt with, sent or not for it. While it is live, its group knows. */
    public long cursor;

    /** How often its stream was begun anew: what was read of it before is void, wherever the cursor is. */
    int resets;

    /** The last offset that its client was told in so many words, and when. */
    long told;

    long toldAtMs;

    /** Where it began; nothing before that is for it. */
    long begun;

    long begunAtMicros;

    /** Whether it is known where it begins; before that nothing is read for it. */
    boolean opened;

    private Runnable onClosed = () -> {};

    boolean live;
    boolean reading;
    /** Its client read too slowly, and hasn't caught up. */
    boolean lagging;

    boolean closed;

    /** Its place in its group's list. */
    int place;

    private @Nullable OffsetRanges dropped;
    private @Nullable OffsetRanges conflated;

    private final @Nullable Map<EntityRef, Long> known;

    public Subscription(Connection connection, String stream, SubscriptionSpec want, SlowConsumerPolicy slow) {
        this.connection = connection;
        this.stream = stream;
        this.want = want;
        this.slow = slow;
        this.known = want.delta() ? new HashMap<>() : null;
    }

    /** Whether an event is for it, as far as its type, its owner and the people it was narrowed to say. */
    boolean sees(OutboundEvent message) {
        return want.visibility().sees(message.event(), connection.principal(), connection.id());
    }

    boolean matches(OutboundEvent message) {
        return sees(message) && (want.filter() == null || want.filter().matches(message.tree()));
    }

    /** An event as this client may see it: itself, the removal of an entity that the client loses sight of, or null. */
    @Nullable
    public OutboundEvent visible(OutboundEvent message) {
        if (sees(message)) {
            return message;
        }
        return want.loses(message, connection.principal().user()) ? message.removed() : null;
    }

    /** The lines of what is for it, apart from what its group gets: an entity whose state is known is told whole. */
    List<byte[]> lines(List<OutboundEvent> messages, PositionCipher seal) {
        boolean whole = want.visibility().whole();
        List<byte[]> lines = new ArrayList<>(messages.size());
        for (OutboundEvent message : messages) {
            EntityRef entity = message.entity();
            if (entity != null && message.removal()) {
                forget(entity);
                lines.add(message.line(whole, seal));
            } else if (entity != null && message.stateKnown() && want.delta(message)) {
                hadVersion(entity, 0, message.version());
                lines.add(message.stateLine(whole, seal));
            } else {
                lines.add(message.line(whole, seal));
            }
        }
        return lines;
    }

    /** Its client doesn't have the entity any more. */
    void forget(EntityRef entity) {
        if (known != null) {
            known.remove(entity);
        }
    }

    /** Its client was told that version of the entity. */
    public void told(EntityRef entity, long version) {
        hadVersion(entity, 0, version);
    }

    /**
     * @param action once, on its event loop, when it has ended
     */
    public void onClosed(Runnable action) {
        onClosed = action;
    }

    void close() {
        closed = true;
        onClosed.run();
    }

    /**
     * Whether it isn't where its stream is yet, and how long that takes depends on events that its client may not see: an
     * answer now would tell that there are many.
     */
    public boolean isPassingOver() {
        return !live && !want.visibility().whole();
    }

    public boolean isClosed() {
        return closed;
    }

    /** Whether the client has that version of the entity; from now on it has {@code now}. */
    boolean hadVersion(EntityRef entity, long version, long now) {
        if (known == null) {
            return false;
        }
        if (known.size() >= MAX_KNOWN) {
            known.clear();
        }
        Long before = known.put(entity, now);
        return before != null && before == version;
    }

    /** Offsets that it didn't get: replaced by newer ones of their entities, or passed over. */
    void skipped(long first, long last, boolean replaced) {
        OffsetRanges skipped = replaced ? conflated : dropped;
        if (skipped == null) {
            skipped = new OffsetRanges();
            if (replaced) {
                conflated = skipped;
            } else {
                dropped = skipped;
            }
        }
        skipped.add(first, last);
    }

    boolean dropped(long offset) {
        return dropped != null && dropped.contains(offset);
    }

    boolean conflated(long offset) {
        return conflated != null && conflated.contains(offset);
    }

    public Connection connection() {
        return connection;
    }

    public String stream() {
        return stream;
    }
}
