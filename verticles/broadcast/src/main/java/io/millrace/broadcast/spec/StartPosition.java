package io.millrace.broadcast.spec;

import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.Position;
import io.millrace.platform.delivery.PositionCipher;
import io.millrace.platform.delivery.ResumePoint;
import org.jspecify.annotations.Nullable;

/** Where a subscription is to begin. */
public sealed interface StartPosition {
    /** With what comes from now on. */
    record Now() implements StartPosition {}

    /** With the oldest that is kept. */
    record Beginning() implements StartPosition {}

    /**
     * With what was committed from then on.
     *
     * @param micros since 1970 UTC
     */
    record Time(long micros) implements StartPosition {}

    /**
     * With the entities as they stand, and what comes after that.
     *
     * @param view what is seen of them; null for all of them
     */
    record State(EntitySnapshotQuery.@Nullable View view) implements StartPosition {}

    /** After an offset of the stream as it is now. */
    record Offset(long offset) implements StartPosition {}

    /** After a position that a client was given, open or sealed. */
    record After(String position, boolean sealed) implements StartPosition {
        /** One of another epoch if it can't be kept: it was given for another stream, or before it was begun anew. */
        public Position in(String stream, String epoch, PositionCipher seal) {
            Position known = sealed ? seal.open(stream, epoch, position) : Position.parse(position);
            return known == null ? new Position("", 1) : known;
        }
    }

    /**
     * Where a client says.
     *
     * @param after null for what comes from now on
     * @param sealed whether it sees only a part of the stream
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
