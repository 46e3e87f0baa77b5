package io.millrace.contracts;

import java.util.List;

/** Events that travel one hop together, in their order. Answered by {@link Outcomes}, one each, in the same order. */
public record EventBatch(List<Event> events) {}
