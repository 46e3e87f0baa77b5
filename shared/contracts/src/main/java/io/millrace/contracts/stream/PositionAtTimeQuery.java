package io.millrace.contracts.stream;

/**
 * Asks for the position of a stream at a time.
 *
 * @param micros the time, microseconds since 1970 UTC
 */
public record PositionAtTimeQuery(String stream, long micros) {}
