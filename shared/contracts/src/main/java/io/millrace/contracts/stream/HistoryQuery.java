package io.millrace.contracts.stream;

/**
 * Asks for consecutive events of a stream.
 *
 * @param after the offset after which the page starts
 * @param limit the largest number of events, 1 to 1,000
 * @param last whether to return the newest {@code limit} events instead of those after {@code after}
 */
public record HistoryQuery(String stream, long after, int limit, boolean last) {}
