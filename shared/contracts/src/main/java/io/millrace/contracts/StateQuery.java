package io.millrace.contracts;

/**
 * Asks for the entities of a stream as they stand.
 *
 * @param limit entities, from 1; never more than {@code persistence.state.max}
 */
public record StateQuery(String stream, int limit) {}
