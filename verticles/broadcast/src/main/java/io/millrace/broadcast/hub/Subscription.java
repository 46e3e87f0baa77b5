package io.millrace.broadcast.hub;

import io.millrace.broadcast.history.OffsetRanges;
import io.millrace.broadcast.outbound.OutboundEvent;
import io.millrace.broadcast.outbound.SentVersions;
import io.millrace.broadcast.spec.SlowConsumerPolicy;
import io.millrace.broadcast.spec.StartPosition;
import io.millrace.broadcast.spec.SubscriptionSpec;
import io.millrace.contracts.connection.ConnectionInfo.SubscriptionInfo.State;
import io.millrace.contracts.event.EntityRef;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * One connection's subscription to one stream, and the only writer of its state. A live subscription is a member of its
 * group and gets what the group gets; otherwise it reads from its cursor at its own pace. There is no third state, so
 * nothing is ever buffered for one client. A transition from a state that doesn't allow it changes nothing and returns
 * false. Owned by its hub's event loop.
 *
 * <pre>
 *              open                 join
 *   OPENING ---------> CATCHING_UP ---------> LIVE &lt;--+
 *                                              |      | join
 *                                   fallBehind |      |
 *                                              v      |
 *                                            LAGGING -+       any state --close--> CLOSED
 *
 *   state         where the next event comes from
 *   OPENING       nowhere: its start position is being looked up
 *   CATCHING_UP   memory or history, a page at a time while its socket has room; reads on from its cursor
 *   LIVE          its group; the group knows its cursor
 *   LAGGING       its socket was full: as CATCHING_UP, or skips to the head, as its slow-consumer policy says
 *   CLOSED        nowhere
 * </pre>
 *
 * <p>A reset of the stream ({@link #reset}) changes no state: it moves the cursor and voids the page that is being read.
 */
public final class Subscription {
    private static final EnumSet<State> READING_ON = EnumSet.of(State.CATCHING_UP, State.LAGGING);

    private final Connection connection;
    private final String stream;
    private final SubscriptionSpec spec;
    private final SlowConsumerPolicy slow;
    private final StartPosition start;
    private State state = State.OPENING;

    /** The last offset that was sent or passed over. While the subscription is live, its group has it. */
    private long cursor;

    /** Events up to this offset are not for this subscription. */
    private long startOffset;

    private long startedAtMicros;
    private long behindSinceMs = Connection.now();
    private long lastSentPosition;
    private long lastSentPositionAtMs;
    private @Nullable CatchUpPage reading;
    /** The index in its group's list of members. */
    private int groupIndex;

    private Runnable onClosed = () -> {};
    private @Nullable OffsetRanges dropped;
    private @Nullable OffsetRanges conflated;
    private final @Nullable SentVersions versions;

    /**
     * @param start where the client asks to start
     */
    public Subscription(
            Connection connection, String stream, SubscriptionSpec spec, SlowConsumerPolicy slow, StartPosition start) {
        this.connection = connection;
        this.stream = stream;
        this.spec = spec;
        this.slow = slow;
        this.start = start;
        this.versions = spec.delta() ? new SentVersions() : null;
    }

    private boolean transition(EnumSet<State> from, State to) {
        boolean allowed = from.contains(state);
        if (allowed) {
            state = to;
        }
        return allowed;
    }

    /** {@code OPENING -> CATCHING_UP}: the start position is known. */
    boolean open(long after) {
        if (!transition(EnumSet.of(State.OPENING), State.CATCHING_UP)) {
            return false;
        }
        cursor = after;
        startOffset = after;
        startedAtMicros = System.currentTimeMillis() * 1_000;
        lastSentPosition = after;
        lastSentPositionAtMs = Connection.now();
        return true;
    }

    /** {@code CATCHING_UP, LAGGING -> LIVE}: the cursor is at the head. */
    boolean join() {
        reading = null;
        return transition(READING_ON, State.LIVE);
    }

    /**
     * {@code LIVE -> LAGGING}: its socket is full.
     *
     * @param reached the last offset that its group delivered
     */
    boolean fallBehind(long reached) {
        boolean live = transition(EnumSet.of(State.LIVE), State.LAGGING);
        if (live) {
            cursor = reached;
            behindSinceMs = Connection.now();
        }
        return live;
    }

    /** {@code any -> CLOSED}. */
    boolean close() {
        reading = null;
        boolean open = transition(EnumSet.complementOf(EnumSet.of(State.CLOSED)), State.CLOSED);
        if (open) {
            onClosed.run();
        }
        return open;
    }

    /**
     * The stream was reset: the subscription goes on from its new beginning, and what is being read of the old stream is
     * void.
     *
     * @return whether a page was being read
     */
    boolean reset(long beginning) {
        boolean voided = reading != null;
        reading = null;
        cursor = beginning;
        startOffset = beginning;
        lastSentPosition = beginning;
        return voided;
    }

    /** Starts a page at the cursor; null if the subscription doesn't read on by itself, or reads a page already. */
    @Nullable
    CatchUpPage startPage() {
        if (reading != null || !READING_ON.contains(state)) {
            return null;
        }
        reading = new CatchUpPage(this);
        return reading;
    }

    /** Whether a page is still wanted: no reset and no close came since it was started. */
    boolean isReading(CatchUpPage page) {
        return reading == page;
    }

    void endPage() {
        reading = null;
    }

    /** Moves the cursor: everything up to this offset was sent or passed over. */
    void advance(long offset) {
        cursor = offset;
    }

    /** Moves the cursor: everything up to this offset is dropped. */
    void drop(long last) {
        dropped = dropped == null ? new OffsetRanges() : dropped;
        dropped.add(cursor + 1, last);
        cursor = last;
    }

    /** Notes that a newer event of the same entity replaced the one at this offset. */
    void conflate(long offset) {
        conflated = conflated == null ? new OffsetRanges() : conflated;
        conflated.add(offset, offset);
    }

    boolean isPositionDue(long everyMs) {
        return isStarted() && !spec.matchesAll() && Connection.now() - lastSentPositionAtMs >= everyMs;
    }

    /**
     * Notes the subscription's position.
     *
     * @return whether the position is to be sent to the client
     */
    boolean notePosition(long offset) {
        lastSentPositionAtMs = Connection.now();
        // A position that is sent whether or not it moved reveals nothing.
        boolean sent = offset > lastSentPosition || !spec.visibility().unrestricted();
        if (sent) {
            lastSentPosition = offset;
        }
        return sent;
    }

    void setGroupIndex(int index) {
        groupIndex = index;
    }

    int groupIndex() {
        return groupIndex;
    }

    public Connection connection() {
        return connection;
    }

    public String stream() {
        return stream;
    }

    public SubscriptionSpec spec() {
        return spec;
    }

    public SlowConsumerPolicy slow() {
        return slow;
    }

    StartPosition start() {
        return start;
    }

    long cursor() {
        return cursor;
    }

    /** Whether an offset is after the start of the subscription. */
    boolean covers(long offset) {
        return isStarted() && offset > startOffset;
    }

    /** Whether the subscription had started at that time, microseconds since 1970 UTC. */
    public boolean wasStartedAt(long micros) {
        return micros >= startedAtMicros;
    }

    /** Whether the start position is known; before that nothing is read. */
    boolean isStarted() {
        return startedAtMicros != 0;
    }

    /** Whether it asked for the state of its stream, which is being read. */
    public boolean awaitsState() {
        return state == State.OPENING && start instanceof StartPosition.State;
    }

    public State state() {
        return state;
    }

    /** For how many milliseconds it has not been live; 0 if it is. */
    public long behindMs() {
        return isLive() ? 0 : Math.max(1, Connection.now() - behindSinceMs);
    }

    boolean isLive() {
        return state == State.LIVE;
    }

    boolean isLagging() {
        return state == State.LAGGING;
    }

    public boolean isClosed() {
        return state == State.CLOSED;
    }

    /**
     * Whether the subscription has yet to reach the head, past events that its client may not see: an answer now would
     * reveal that there are many.
     */
    public boolean isCatchingUpHidden() {
        return state != State.LIVE && !spec.visibility().unrestricted();
    }

    /**
     * @param action called once, on the event loop, when the subscription has ended
     */
    public void onClosed(Runnable action) {
        onClosed = action;
    }

    /** Whether the client may see an event by its type, its owner and its recipients. */
    boolean sees(OutboundEvent message) {
        return spec.visibility().sees(message.event(), connection.principal(), connection.id());
    }

    boolean matches(OutboundEvent message) {
        return sees(message) && (spec.filter() == null || spec.filter().matches(message.tree()));
    }

    /** An event as this client may see it: the event, the removal of an entity that the client no longer sees, or null. */
    @Nullable
    OutboundEvent visible(OutboundEvent message) {
        if (sees(message)) {
            return message;
        }
        return spec.losesEntity(message, connection.principal().user()) ? message.removed() : null;
    }

    /** Notes that the client doesn't have the entity any more. */
    void forget(EntityRef entity) {
        if (versions != null) {
            versions.forget(entity);
        }
    }

    /** Notes that the client was sent this version of the entity. */
    public void sentVersion(EntityRef entity, long version) {
        advanceVersion(entity, 0, version);
    }

    /**
     * Notes that the client gets version {@code to} of the entity.
     *
     * @return whether the client has version {@code from}, so that a patch is enough
     */
    boolean advanceVersion(EntityRef entity, long from, long to) {
        return versions != null && versions.advance(entity, from, to);
    }

    boolean isDropped(long offset) {
        return dropped != null && dropped.contains(offset);
    }

    boolean isConflated(long offset) {
        return conflated != null && conflated.contains(offset);
    }
}
