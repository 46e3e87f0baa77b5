package io.millrace.contracts.event;

import java.util.List;

/** The outcomes of a batch, one for each event, in order. */
public record Outcomes(List<Outcome> outcomes) {}
