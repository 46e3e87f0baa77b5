package io.millrace.contracts.deadletter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A filter of dead letters: all criteria that aren't null or empty must hold.
 *
 * @param ids the letters' ids
 * @param reason the stable code of the failure
 * @param fingerprint the failure's fingerprint, the same for failures that differ only in ids and numbers
 * @param fromMicros the first time of the last failure, microseconds since 1970 UTC
 * @param toMicros the time after the last one, microseconds since 1970 UTC
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
    /** The first microsecond of the year 0 and the last second of 9999: the range of RFC 3339. */
    public static final long EVER = -62_167_219_200_000_000L;

    public static final long NEVER = 253_402_300_799_000_000L;

    public static DeadLetterFilter ofIds(List<Long> ids) {
        return new DeadLetterFilter(ids, null, null, null, null, EVER, NEVER, null);
    }

    /** Whether any criterion is set: an empty filter is refused. */
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
