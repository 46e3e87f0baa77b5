package io.millrace.contracts.deadletter;

/**
 * Asks for dead letters, newest first.
 *
 * @param before only letters with a smaller id: how a reader goes on; {@link Long#MAX_VALUE} for the newest
 * @param limit letters, at least 1
 * @param content whether to tell what they hold; of one letter only, since it may be large
 * @param groups whether to count all that the filter covers by the fingerprint of their failure
 */
public record DeadLetterQuery(DeadLetterFilter filter, long before, int limit, boolean content, boolean groups) {}
