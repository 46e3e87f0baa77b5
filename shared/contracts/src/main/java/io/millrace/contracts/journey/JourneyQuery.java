package io.millrace.contracts.journey;

import org.jspecify.annotations.Nullable;

/**
 * Asks for the journey of an event.
 *
 * @param source the event's source; null for any, since an id is unique only together with its source
 */
public record JourneyQuery(String id, @Nullable String source) {}
