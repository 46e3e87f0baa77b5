package io.millrace.contracts.revocation;

import java.util.List;

/**
 * Revocations, newest first.
 *
 * @param version of the whole list; grows with each change
 */
public record RevocationPage(long version, List<Revocation> revocations) {
    public RevocationPage {
        revocations = List.copyOf(revocations);
    }
}
