package io.millrace.contracts.journey;

import java.util.List;

/** The journeys of events with one id, one for each source; empty if none is known. */
public record Journeys(List<Journey> journeys) {}
