package io.millrace.launcher.replay.format;

import java.io.Closeable;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Reads the rows of a file as bytes, without line breaks. Used by one thread. */
interface RowReader extends Closeable {
    /** The next row; null after the last one. */
    byte @Nullable [] next() throws IOException;
}
