package io.millrace.contracts.connection;

import org.jspecify.annotations.Nullable;

/**
 * What an operator does about connections. It is recorded first, and done then.
 *
 * @param connection the id of the one connection; null for those of a user
 * @param user whose connections; null for one connection
 * @param by the user who does it
 * @param tried for {@link Kind#DENIED}: the method and the path; else null
 */
public record ConnectionCommand(
        Kind kind, @Nullable String connection, @Nullable String user, String by, @Nullable String tried) {
    /** Encoded by its ordinal: append constants, never reorder them. */
    public enum Kind {
        DISCONNECT,
        /** The user may not, and tried. */
        DENIED
    }

    public static ConnectionCommand disconnect(@Nullable String connection, @Nullable String user, String by) {
        return new ConnectionCommand(Kind.DISCONNECT, connection, user, by, null);
    }

    public static ConnectionCommand denied(String by, String tried) {
        return new ConnectionCommand(Kind.DENIED, null, null, by, tried);
    }
}
