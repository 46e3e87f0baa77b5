package io.millrace.broadcast.spec;

import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.Position;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.ResumePoint;
import org.jspecify.annotations.Nullable;

/** Where a subscription starts. */
public sealed interface StartPosition {
    /** At the head: only new events. */
    record Now() implements StartPosition {}

    /** At the oldest event that is kept. */
    record Beginning() implements StartPosition {}

    /**
     * At the first event committed at a time or later.
     *
     * @param micros the time, microseconds since 1970 UTC
     */
    record Time(long micros) implements StartPosition {}

    /**
     * With the present entities, and the events after them.
     *
     * @param view which entities the client may see; null for all of them
     */
    record State(EntitySnapshotQuery.@Nullable View view) implements StartPosition {}

    /** After an offset of the stream's present epoch. */
    record Offset(long offset) implements StartPosition {}

    /** After a position that a client was sent, open or sealed. */
    record After(String position, boolean sealed) implements StartPosition {
        /** The position; one of another epoch if it is of another stream, or from before a reset. */
        public Position in(String stream, String epoch, PositionCipher cipher) {
            Position known = sealed ? cipher.open(stream, epoch, position) : Position.parse(position);
            return known == null ? new Position("", 1) : known;
        }
    }

    /**
     * The start position that a client asks for.
     *
     * @param after null for only new events
     * @param sealed whether the client sees only a part of the stream
     */
    static StartPosition of(@Nullable ResumePoint after, boolean sealed) {
        if (after instanceof ResumePoint.Time time) {
            return new Time(time.micros());
        }
        if (after instanceof ResumePoint.Told told) {
            return new After(told.position(), sealed);
        }
        return after == null ? new Now() : new Beginning();
    }
}
