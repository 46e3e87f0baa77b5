package io.millrace.contracts.deadletter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Dead letters, newest first; and, if asked for, how many there are of each failure, most first.
 *
 * @param fromMicros when the first of the periods begins for which groups count their letters, microseconds since 1970 UTC
 * @param periodMicros how long a period is; 0 if there are no groups
 */
public record DeadLetterPage(List<DeadLetter> letters, List<Group> groups, long fromMicros, long periodMicros) {
    /**
     * Letters with the same failure.
     *
     * @param message the message of the newest of these letters
     * @param newest the newest of these letters, an example; it may have been decided about since
     * @param firstMicros when the first of them died, microseconds since 1970 UTC
     * @param lastMicros when the last of them died
     * @param periods how many died in each period, up to the last one with any
     */
    public record Group(
            String fingerprint,
            String code,
            @Nullable String type,
            String message,
            long letters,
            long newest,
            long firstMicros,
            long lastMicros,
            List<Long> periods) {}
}
