package io.millrace.contracts.journey;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether an event reached a user's connections, or one connection. At least one of them is named; with both, the
 * connection must be that user's.
 *
 * @param event the event without data and metadata, as in its journey
 * @param position the event's position
 */
public record DeliveryQuery(Event event, Position position, @Nullable String user, @Nullable String connection) {}
