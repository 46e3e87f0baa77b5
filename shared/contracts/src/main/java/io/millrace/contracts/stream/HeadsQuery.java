package io.millrace.contracts.stream;

/**
 * Asks for the heads of streams.
 *
 * @param changedWithinMs only streams that changed within so many milliseconds; 0 for all
 */
public record HeadsQuery(int changedWithinMs) {}
