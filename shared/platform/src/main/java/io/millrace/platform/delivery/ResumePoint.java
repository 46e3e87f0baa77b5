package io.millrace.platform.delivery;

import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.Rfc3339;
import java.time.DateTimeException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a client says as {@code after}, whatever the transport: where in a stream it goes on. */
public sealed interface ResumePoint {
    /** The word for the oldest that is kept. */
    String BEGINNING = "beginning";

    /** Also said by {@link Position#EMPTY}, the position in a stream that had no event yet. */
    record Beginning() implements ResumePoint {}

    /**
     * What was committed from then on.
     *
     * @param micros since 1970 UTC
     */
    record Time(long micros) implements ResumePoint {}

    /** A position as a client was told it, open or sealed: of this stream or of another, which only the stream knows. */
    record Told(String position) implements ResumePoint {}

    /** {@code 9:30} would be offset 30 of the epoch 9; no epoch is so short. */
    Pattern CLOCK = Pattern.compile("\\d{1,2}:\\d\\d");

    /**
     * @param text null for what comes from now on, which is null
     * @throws MillraceException {@link Failure#BAD_MESSAGE}
     */
    static @Nullable ResumePoint parse(@Nullable String text) {
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
                    "after must be a position that you were told, \"" + BEGINNING + "\", or a time; as a time it "
                            + wrong.getMessage());
        }
    }
}
