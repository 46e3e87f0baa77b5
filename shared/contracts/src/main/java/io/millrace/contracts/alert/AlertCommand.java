package io.millrace.contracts.alert;

import org.jspecify.annotations.Nullable;

/**
 * What an operator does about an alert, or only asks. The answer is a page of all marks after it.
 *
 * @param untilMicros for {@link Kind#SILENCE}: its end, microseconds since 1970 UTC; else 0
 * @param detail for {@link Kind#SILENCE} the reason, for {@link Kind#DENIED} the method and the path; else null
 * @param by the operator, for the audit
 */
public record AlertCommand(
        Kind kind, String alert, String about, long untilMicros, @Nullable String detail, String by) {
    public enum Kind {
        /** Only asks. */
        LIST,
        /** Somebody looks after it. */
        ACKNOWLEDGE,
        /** Nobody does any more. */
        UNACKNOWLEDGE,
        /** It raises no event for a time. */
        SILENCE,
        UNSILENCE,
        /** The user may not, and tried. */
        DENIED
    }

    public static AlertCommand list() {
        return new AlertCommand(Kind.LIST, "", "", 0, null, "");
    }

    public static AlertCommand denied(String by, String tried) {
        return new AlertCommand(Kind.DENIED, "", "", 0, tried, by);
    }
}
