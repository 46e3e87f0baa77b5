package io.millrace.postgres.lease;

/**
 * A task has ended and would end again in the same way: it isn't started again until its node is. The message tells an
 * operator what to change.
 */
public final class TaskStoppedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TaskStoppedException(String message) {
        super(message);
    }
}
