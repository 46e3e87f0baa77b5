package io.millrace.contracts.journey;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;

/**
 * Asks what became of an event at all connections that are open now.
 *
 * @param event the event without data and metadata, as in its journey
 * @param position the event's position
 * @param examples the largest number of examples of each outcome and node, at least 0
 */
public record DeliverySummaryQuery(Event event, Position position, int examples) {}
