package io.millrace.contracts.revocation;

/**
 * Asks for revocations, newest first.
 *
 * @param knownVersion of the list that the asker has: if that is still the version, the answer holds no revocation; {@link
 *     #NONE} if it has none
 * @param beforeId only those with a smaller id
 * @param limit how many at most
 */
public record RevocationQuery(long knownVersion, long beforeId, int limit) {
    /** No version of the list is known. */
    public static final long NONE = -1;

    /** All of them, unless the asker has them. */
    public static RevocationQuery all(long knownVersion) {
        return new RevocationQuery(knownVersion, Long.MAX_VALUE, Integer.MAX_VALUE);
    }
}
