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
 * @param source the source of the event; of a message of which no event could be made, the source that brought it
 * @param act the last act about the letter, {@link DeadLetterAct#id}; 0 for any or none
 */
public record DeadLetterFilter(
        List<Long> ids,
        @Nullable String type,
        @Nullable String stream,
        @Nullable String reason,
        @Nullable String fingerprint,
        long fromMicros,
        long toMicros,
        DeadLetter.@Nullable State state,
        @Nullable String source,
        long act) {
    /** The first microsecond of the year 0 and the last second of 9999: the range of RFC 3339. */
    public static final long EVER = -62_167_219_200_000_000L;

    public static final long NEVER = 253_402_300_799_000_000L;

    /** A filter of whatever source and act. */
    public DeadLetterFilter(
            List<Long> ids,
            @Nullable String type,
            @Nullable String stream,
            @Nullable String reason,
            @Nullable String fingerprint,
            long fromMicros,
            long toMicros,
            DeadLetter.@Nullable State state) {
        this(ids, type, stream, reason, fingerprint, fromMicros, toMicros, state, null, 0);
    }

    public static DeadLetterFilter ofIds(List<Long> ids) {
        return new DeadLetterFilter(ids, null, null, null, null, EVER, NEVER, null);
    }

    /** The letters of which an act was the last one. */
    public static DeadLetterFilter ofAct(long act) {
        return new DeadLetterFilter(List.of(), null, null, null, null, EVER, NEVER, null, null, act);
    }

    /** Whether any criterion is set: an empty filter is refused. */
    public boolean narrows() {
        return !ids.isEmpty()
                || type != null
                || stream != null
                || reason != null
                || fingerprint != null
                || fromMicros != EVER
                || toMicros != NEVER
                || source != null
                || act != 0;
    }

    /** The same, of letters in that state. */
    public DeadLetterFilter in(DeadLetter.@Nullable State other) {
        return new DeadLetterFilter(ids, type, stream, reason, fingerprint, fromMicros, toMicros, other, source, act);
    }
}
