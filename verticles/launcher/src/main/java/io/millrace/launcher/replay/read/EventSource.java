package io.millrace.launcher.replay.read;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A file as steps, in its order, with constant memory. Belongs to one thread. */
public interface EventSource extends Closeable {
    /**
     * Null at the end of the file.
     *
     * @throws IOException the file can't be read on from here
     */
    @Nullable
    MappedRows next() throws IOException;

    /** Of the rows that have been read. */
    PrefixHash hash();
}
