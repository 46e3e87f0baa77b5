package io.millrace.contracts.deadletter;

/**
 * @param matched letters that stood and that the filter covered, before the act
 * @param done of these, now
 */
public record DeadLetterCommandResult(long matched, long done) {}
