package io.millrace.launcher.replay.read;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The rows of a file as the bytes that they are, without the line's end. Belongs to one thread. */
interface RowReader extends Closeable {
    /** Null after the last row. */
    byte @Nullable [] next() throws IOException;
}
