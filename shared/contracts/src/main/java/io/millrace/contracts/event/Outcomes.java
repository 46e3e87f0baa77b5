package io.millrace.contracts.event;

import java.util.List;

/** What became of a batch, one outcome for each event, in order. */
public record Outcomes(List<Outcome> outcomes) {}
