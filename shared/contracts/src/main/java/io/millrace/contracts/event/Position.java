package io.millrace.contracts.event;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A position in a stream, {@code epoch:offset}; to a client it is an opaque string.
 *
 * @param epoch the stream's epoch, which changes when the stream is reset
 * @param offset 1, 2, 3 … without a gap; 0 before the first event
 */
public record Position(String epoch, long offset) {
    /** The epoch of a stream that has no event yet. */
    public static final String NO_EPOCH = "-";

    /** The position of a stream without events. */
    public static final Position EMPTY = new Position(NO_EPOCH, 0);

    /** The most characters of the epoch of a stream that was never reset; that of one that was has more. */
    public static final int FIRST_EPOCH = 4;

    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9]{1,16}|-):(0|[1-9]\\d{0,18})");

    /** Whether the stream may have had other events, and its entities the same versions with other states, before. */
    public static boolean isOfReset(String epoch) {
        return epoch.length() > FIRST_EPOCH;
    }

    /** Parses {@code epoch:offset}; null if the text isn't a position. */
    public static @Nullable Position parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            return null;
        }
        try {
            return new Position(form.group(1), Long.parseLong(form.group(2)));
        } catch (NumberFormatException tooBig) {
            return null;
        }
    }

    @Override
    public String toString() {
        return epoch + ":" + offset;
    }
}
