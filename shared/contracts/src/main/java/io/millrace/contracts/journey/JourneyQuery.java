package io.millrace.contracts.journey;

import org.jspecify.annotations.Nullable;

/**
 * Asks what became of an event.
 *
 * @param source null for any: an id is unique only together with its source
 */
public record JourneyQuery(String id, @Nullable String source) {}
