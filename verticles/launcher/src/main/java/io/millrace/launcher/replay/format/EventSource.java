package io.millrace.launcher.replay.format;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads a file as steps, in its order, with constant memory. Used by one thread. */
public interface EventSource extends Closeable {
    /**
     * The next step; null at the end of the file.
     *
     * @throws IOException if the file can't be read further
     */
    @Nullable
    MappedRows next() throws IOException;

    /** The hash of the rows that have been read. */
    PrefixHash hash();
}
