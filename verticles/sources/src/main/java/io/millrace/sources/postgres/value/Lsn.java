package io.millrace.sources.postgres.value;

import java.util.Locale;

/**
 * A place in PostgreSQL's log (log sequence number), as it is written: {@code 16/B374D848}.
 *
 * @param value compared without a sign
 */
public record Lsn(long value) implements Comparable<Lsn> {
    /** @throws IllegalArgumentException it isn't one */
    public static Lsn parse(String text) {
        int slash = text.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(text + " is no place in a log");
        }
        return new Lsn(
                Long.parseLong(text.substring(0, slash), 16) << 32 | Long.parseLong(text.substring(slash + 1), 16));
    }

    @Override
    public int compareTo(Lsn other) {
        return Long.compareUnsigned(value, other.value);
    }

    @Override
    public String toString() {
        return String.format(Locale.ROOT, "%X/%X", value >>> 32, value & 0xffff_ffffL);
    }
}
