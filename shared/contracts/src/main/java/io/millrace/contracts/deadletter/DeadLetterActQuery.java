package io.millrace.contracts.deadletter;

/**
 * Asks for the audit of dead letters, newest first.
 *
 * @param before the id before which the page starts; {@link Long#MAX_VALUE} for the newest acts
 * @param limit the largest number of acts, at least 1
 */
public record DeadLetterActQuery(long before, int limit) {}
