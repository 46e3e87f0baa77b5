package io.millrace.broadcast.hub;

import io.millrace.contracts.Position;
import io.millrace.contracts.StateQuery;
import io.millrace.platform.delivery.PositionSeal;
import io.millrace.platform.delivery.ResumePoint;
import org.jspecify.annotations.Nullable;

/** Where a subscription is to begin. */
public sealed interface From {
    /** With what comes from now on. */
    record Now() implements From {}

    /** With the oldest that is kept. */
    record Beginning() implements From {}

    /**
     * With what was committed from then on.
     *
     * @param micros since 1970 UTC
     */
    record Time(long micros) implements From {}

    /**
     * With the entities as they stand, and what comes after that.
     *
     * @param view what is seen of them; null for all of them
     */
    record State(StateQuery.@Nullable View view) implements From {}

    /** After an offset of the stream as it is now. */
    record Offset(long offset) implements From {}

    /** After a position that a client was given, open or sealed. */
    record After(String position, boolean sealed) implements From {
        /** One of another epoch if it can't be kept: it was given for another stream, or before it was begun anew. */
        Position in(String stream, String epoch, PositionSeal seal) {
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
    static From of(@Nullable ResumePoint after, boolean sealed) {
        if (after instanceof ResumePoint.Time time) {
            return new Time(time.micros());
        }
        if (after instanceof ResumePoint.Told told) {
            return new After(told.position(), sealed);
        }
        return after == null ? new Now() : new Beginning();
    }
}
