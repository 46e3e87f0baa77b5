package io.millrace.systemtests.lease;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/** Something that one node runs at a time, the outside system that it works with, a load on it, and the oracle. */
interface LeasedLoad extends AutoCloseable {
    /** The stage that runs it. */
    String stage();

    /** Of its lease. */
    String name();

    /**
     * Writes its file.
     *
     * @param conf a node's folder
     * @param node the node's name
     */
    void configure(Path conf, String node) throws IOException;

    /** Variables that its file names. */
    default Map<String, String> environment() {
        return Map.of();
    }

    /** Sends what has the next number, 1 and on. Called by one thread. */
    void send(int number) throws Exception;

    /** How many have arrived at the other end, each counted once. */
    int arrived();

    /** A node that ran it is dead, or hangs. */
    default void died() {}

    /** Fails if of what was sent, up to this number, something was lost, doubled or overtaken. */
    void check(int sent);

    @Override
    void close() throws Exception;
}
