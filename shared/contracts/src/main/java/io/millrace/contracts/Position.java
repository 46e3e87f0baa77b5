package io.millrace.contracts;

import org.jspecify.annotations.Nullable;

/**
 * A place in a stream. Reads {@code epoch:offset}; to a client it is a string that it keeps and gives back.
 *
 * @param epoch changes when a stream is begun anew
 * @param offset 1, 2, 3 … without a gap; 0 stands before the first event
 */
public record Position(String epoch, long offset) {
    /** The epoch of a stream that has no event yet. */
    public static final String NO_EPOCH = "-";

    /** Before the first event of a stream that nobody has written to. */
    public static final Position EMPTY = new Position(NO_EPOCH, 0);

    /** Reads {@code epoch:offset}; null if it is no position. */
    public static @Nullable Position parse(String text) {
        int colon = text.lastIndexOf(':');
        if (colon < 1 || colon > 16 || text.length() > colon + 20) {
            return null;
        }
        try {
            long offset = Long.parseLong(text, colon + 1, text.length(), 10);
            return offset < 0 ? null : new Position(text.substring(0, colon), offset);
        } catch (NumberFormatException notANumber) {
            return null;
        }
    }

    @Override
    public String toString() {
        return epoch + ":" + offset;
    }
}
