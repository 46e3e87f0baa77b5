package io.millrace.contracts.stream;

/**
 * Asks how far the streams are.
 *
 * @param changedWithinMs only those written to in the last so many milliseconds; 0 for all
 */
public record HeadsQuery(int changedWithinMs) {}
