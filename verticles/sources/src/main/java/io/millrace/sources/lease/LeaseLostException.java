package io.millrace.sources.lease;

/** This node may not run a source any more: it publishes nothing for it, and writes no progress. */
public final class LeaseLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public LeaseLostException(String source, long fence) {
        super("the lease of the source " + source + " with the fence " + fence + " has ended");
    }
}
