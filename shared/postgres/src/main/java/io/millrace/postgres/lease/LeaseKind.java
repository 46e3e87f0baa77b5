package io.millrace.postgres.lease;

/** What is leased. Each kind has tables, metrics and settings of its own, which begin with its word. */
public enum LeaseKind {
    SOURCE("source"),
    SINK("sink");

    private final String word;

    LeaseKind(String word) {
        this.word = word;
    }

    /** As in the names of tables and metrics, and in messages to operators. */
    String word() {
        return word;
    }

    /** The name of a metric that each kind has. */
    String metric(String name) {
        return "millrace." + word + "." + name;
    }

    /** A statement about the leases of sources, for this kind. */
    String sql(String ofSources) {
        return ofSources.replace("source", word);
    }
}
