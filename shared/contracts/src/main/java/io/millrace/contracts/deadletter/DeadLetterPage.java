package io.millrace.contracts.deadletter;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Dead letters, newest first; and, if asked for, how many there are of each failure, most first. */
public record DeadLetterPage(List<DeadLetter> letters, List<Group> groups) {
    /**
     * Letters with the same failure.
     *
     * @param message the message of the newest of these letters
     */
    public record Group(String fingerprint, String code, @Nullable String type, String message, long letters) {}
}
