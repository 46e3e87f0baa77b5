package io.millrace.contracts.deadletter;

/**
 * @param matched how many letters matched the filter before the command
 * @param done how many of these the command has handled
 */
public record DeadLetterCommandResult(long matched, long done) {}
