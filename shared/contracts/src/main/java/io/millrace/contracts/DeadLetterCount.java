package io.millrace.contracts;

/**
 * @param matched letters that stood and that the filter covered, before the act
 * @param done of these, now
 */
public record DeadLetterCount(long matched, long done) {}
