package io.millrace.contracts.deadletter;

/**
 * Asks for dead letters, newest first.
 *
 * @param before the id before which the page starts; {@link Long#MAX_VALUE} for the newest letters
 * @param limit the largest number of letters, at least 1
 * @param content whether to include the content; for one letter only, since it may be large
 * @param groups whether to count all matching letters by the fingerprint of their failure
 */
public record DeadLetterQuery(DeadLetterFilter filter, long before, int limit, boolean content, boolean groups) {}
