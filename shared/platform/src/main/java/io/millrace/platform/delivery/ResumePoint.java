package io.millrace.platform.delivery;

import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Rfc3339;
import java.time.DateTimeException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A client's {@code after}, on any transport: where in a stream it resumes. */
public sealed interface ResumePoint {
    /** The oldest event that is kept. */
    String BEGINNING = "beginning";

    /** Also the meaning of {@link Position#EMPTY}, the position in a stream without events. */
    record Beginning() implements ResumePoint {}

    /**
     * The first event that was committed at a time or later.
     *
     * @param micros the time, microseconds since 1970 UTC
     */
    record Time(long micros) implements ResumePoint {}

    /** A position that a client was sent, open or sealed; whether it is of this stream is checked later. */
    record Told(String position) implements ResumePoint {}

    /** A text like {@code 9:30} is refused as a time: no epoch is that short. */
    Pattern CLOCK = Pattern.compile("\\d{1,2}:\\d\\d");

    /**
     * @param text the client's text; null, with the result null, for only new events
     * @throws MillraceException {@link Failure#BAD_MESSAGE}
     */
    static @Nullable ResumePoint parse(@Nullable String text) {
        return parse("after", text);
    }

    /**
     * @param name what the client calls it
     * @param text the client's text; null, with the result null, for none
     * @throws MillraceException {@link Failure#BAD_MESSAGE}
     */
    static @Nullable ResumePoint parse(String name, @Nullable String text) {
        if (text == null) {
            return null;
        }
        if (text.equals(BEGINNING) || text.equals(Position.EMPTY.toString())) {
            return new Beginning();
        }
        if (PositionCipher.sealed(text)
                || (Position.parse(text) != null && !CLOCK.matcher(text).matches())) {
            return new Told(text);
        }
        try {
            return new Time(Rfc3339.micros(text));
        } catch (DateTimeException wrong) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    name + " must be the position of an event or message, \"" + BEGINNING
                            + "\", or a time; as a time it " + wrong.getMessage());
        }
    }
}
