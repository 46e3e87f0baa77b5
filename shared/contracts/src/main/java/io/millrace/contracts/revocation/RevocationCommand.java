package io.millrace.contracts.revocation;

import org.jspecify.annotations.Nullable;

/**
 * What an operator does about revocations. The answer is a page of the revocation that was made or deleted.
 *
 * @param revocation to make, with its id 0; to delete, where only its id counts; null for {@link Kind#DENIED}
 * @param by the user who does it
 * @param tried for {@link Kind#DENIED}: the method and the path; else null
 */
public record RevocationCommand(Kind kind, @Nullable Revocation revocation, String by, @Nullable String tried) {
    public enum Kind {
        MAKE,
        DELETE,
        /** The user may not, and tried. */
        DENIED
    }

    public static RevocationCommand make(Revocation revocation) {
        return new RevocationCommand(Kind.MAKE, revocation, revocation.by(), null);
    }

    public static RevocationCommand delete(long id, String by) {
        return new RevocationCommand(
                Kind.DELETE, new Revocation(id, null, null, Revocation.ALWAYS, Revocation.NEVER, by, 0), by, null);
    }

    public static RevocationCommand denied(String by, String tried) {
        return new RevocationCommand(Kind.DENIED, null, by, tried);
    }
}
