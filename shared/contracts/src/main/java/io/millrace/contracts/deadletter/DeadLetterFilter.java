package io.millrace.contracts.deadletter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which dead letters. What is null, or empty, narrows nothing; the rest must all hold.
 *
 * @param ids of the letters
 * @param reason the stable code of the failure
 * @param fingerprint of the failure: the same for failures that differ only in ids and numbers
 * @param fromMicros the first time of death wanted, microseconds since 1970 UTC
 * @param toMicros and the first one not wanted any more
 */
public record DeadLetterFilter(
        List<Long> ids,
        @Nullable String type,
        @Nullable String stream,
        @Nullable String reason,
        @Nullable String fingerprint,
        long fromMicros,
        long toMicros,
        DeadLetter.@Nullable State state) {
    /** The first microsecond of the year 0 and the last second of 9999: what RFC 3339 can say. */
    public static final long EVER = -62_167_219_200_000_000L;

    public static final long NEVER = 253_402_300_799_000_000L;

    public static DeadLetterFilter ofIds(List<Long> ids) {
        return new DeadLetterFilter(ids, null, null, null, null, EVER, NEVER, null);
    }

    /** Whether it says anything at all: nobody means every letter by saying nothing. */
    public boolean narrows() {
        return !ids.isEmpty()
                || type != null
                || stream != null
                || reason != null
                || fingerprint != null
                || fromMicros != EVER
                || toMicros != NEVER;
    }
}
