package io.millrace.broadcast.hub;

import io.millrace.contracts.Failure;
import io.millrace.contracts.MillraceException;
import io.millrace.contracts.Position;
import io.millrace.platform.delivery.PositionSeal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Where a subscription is to begin. */
public sealed interface From {
    String BEGINNING = "beginning";
    Pattern TIME = Pattern.compile("\\d{4}-\\d\\d-\\d\\dT");

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

    /** With the entities as they stand, and what comes after that. */
    record State() implements From {}

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
     * Reads what a client gave as {@code after}.
     *
     * @param sealed whether it sees only a part of the stream
     */
    static From of(@Nullable String after, boolean sealed) {
        if (after == null) {
            return new Now();
        }
        if (after.equals(BEGINNING) || after.equals(Position.EMPTY.toString())) {
            return new Beginning();
        }
        if (TIME.matcher(after).lookingAt()) {
            return time(after);
        }
        return new After(after, sealed);
    }

    private static From time(String after) {
        try {
            return new Time(ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(after)));
        } catch (DateTimeException | ArithmeticException noTime) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, "after is no time: write it as 2026-01-31T09:00:00Z (RFC 3339, UTC)");
        }
    }
}
