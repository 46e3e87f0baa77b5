package io.millrace.postgres.lease;

/** This node may not run a task any more: it publishes nothing for it, and writes no progress. */
public final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LeaseLostException(LeaseKind kind, String task, long fence) {
        super("the lease of the " + kind.word() + " " + task + " with the fence " + fence + " has ended");
    }
}
