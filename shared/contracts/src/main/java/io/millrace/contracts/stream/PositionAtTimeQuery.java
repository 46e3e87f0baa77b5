package io.millrace.contracts.stream;

/**
 * Asks where a stream stood at a time.
 *
 * @param micros microseconds since 1970 UTC
 */
public record PositionAtTimeQuery(String stream, long micros) {}
