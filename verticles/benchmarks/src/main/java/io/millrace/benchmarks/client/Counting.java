package io.millrace.benchmarks.client;

/** A subscriber of which it matters how many events it got. */
public interface Counting {
    /** Whether it counts the events; else it only reads them. */
    boolean looks();

    boolean ready();

    long events();
}
