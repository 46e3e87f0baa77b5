package io.millrace.contracts.stream;

/**
 * Asks for a stretch of a stream.
 *
 * @param after the first offset wanted is the next one
 * @param limit events, 1 to 1,000
 * @param last instead of {@code after}: the newest {@code limit} events
 */
public record HistoryQuery(String stream, long after, int limit, boolean last) {}
