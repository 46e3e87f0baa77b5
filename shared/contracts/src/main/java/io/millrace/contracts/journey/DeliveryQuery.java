package io.millrace.contracts.journey;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import org.jspecify.annotations.Nullable;

/**
 * Asks whether an event reached somebody: a user's connections, or one connection. At least one of them is named; with both,
 * that connection if it is that user's.
 *
 * @param event as in its journey: without data and metadata
 * @param position where it stands in its stream
 */
public record DeliveryQuery(Event event, Position position, @Nullable String user, @Nullable String connection) {}
