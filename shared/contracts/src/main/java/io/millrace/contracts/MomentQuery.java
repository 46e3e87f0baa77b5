package io.millrace.contracts;

/**
 * Asks where a stream stood at a time.
 *
 * @param micros microseconds since 1970 UTC
 */
public record MomentQuery(String stream, long micros) {}
