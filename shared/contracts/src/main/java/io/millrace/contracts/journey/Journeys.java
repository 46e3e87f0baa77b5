package io.millrace.contracts.journey;

import java.util.List;

/** Of the events of one id, one for each source; empty if none of them is known. */
public record Journeys(List<Journey> journeys) {}
