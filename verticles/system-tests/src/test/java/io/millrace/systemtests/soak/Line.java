package io.millrace.systemtests.soak;

/** What is looked at over time, of each process or of a server. */
enum Line {
    RESIDENT("resident memory", "MiB", 24, ""),
    HEAP("heap after a collection", "MiB", 4, ""),
    DIRECT("direct memory", "MiB", 4, ""),
    DESCRIPTORS("file descriptors", "", 10, ""),
    THREADS("threads", "", 6, ""),
    CONNECTIONS("connections to PostgreSQL", "", 6, ""),
    DEAD_ROWS("dead rows", "", 20_000, ""),
    SLOTS("log that sources hold back", "MiB", 48, ""),
    REDIS_KEYS("Millrace's keys in Redis", "", 500, ""),
    REDIS_MEMORY("memory of Redis", "MiB", 0, "the game's answers of an hour"),
    LOG("PostgreSQL's log", "MiB", 0, "max_wal_size, 1 GiB"),
    TABLES("tables", "MiB", 0, "each namespace's history"),
    TOPICS("topics", "MiB", 0, "each topic's retention");

    final String title;
    /** Of its values; empty for numbers of things. */
    final String unit;
    /** How much it may grow over a whole run however quiet it is. */
    final double tolerance;
    /** Until where it grows by design; empty for what must not grow. */
    final String bound;

    Line(String title, String unit, double tolerance, String bound) {
        this.title = title;
        this.unit = unit;
        this.tolerance = tolerance;
        this.bound = bound;
    }

    boolean mayGrow() {
        return !bound.isEmpty();
    }
}
