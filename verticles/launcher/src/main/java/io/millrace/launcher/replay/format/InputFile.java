package io.millrace.launcher.replay.format;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file to replay, gzipped or not, and how much of it has been read. */
public final class InputFile {
    private static final int BUFFER_BYTES = 64 * 1024;

    private final Path path;
    private final long sizeBytes;
    private volatile long readBytes;

    public InputFile(Path path) throws IOException {
        this.path = path;
        this.sizeBytes = Files.size(path);
    }

    public Path path() {
        return path;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /** The bytes read of the file as stored, compressed or not. Safe from any thread. */
    public long readBytes() {
        return readBytes;
    }

    /** A reader of the rows, with the header if it is a table. */
    RowReader rows(boolean table) throws IOException {
        return table ? new CsvReader(open()) : new LineReader(open());
    }

    /** The content, decompressed if its first two bytes are gzip's, without a byte-order mark. */
    InputStream open() throws IOException {
        readBytes = 0;
        BufferedInputStream raw = new BufferedInputStream(new Counting(Files.newInputStream(path)), BUFFER_BYTES);
        try {
            boolean gzipped = startsWith(raw, 0x1f, 0x8b);
            BufferedInputStream content = gzipped ? new BufferedInputStream(new GzipMembers(raw), BUFFER_BYTES) : raw;
            if (startsWith(content, 0xef, 0xbb, 0xbf)) {
                content.skipNBytes(3);
            }
            return content;
        } catch (IOException broken) {
            raw.close();
            throw broken;
        }
    }

    private static boolean startsWith(BufferedInputStream in, int... expected) throws IOException {
        in.mark(expected.length);
        byte[] head = in.readNBytes(expected.length);
        in.reset();
        boolean same = head.length == expected.length;
        for (int i = 0; same && i < expected.length; i++) {
            same = (head[i] & 0xff) == expected[i];
        }
        return same;
    }

    private final class Counting extends FilterInputStream {
        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int read = super.read();
            count(read < 0 ? -1 : 1);
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int read = super.read(target, offset, length);
            count(read);
            return read;
        }

        // Written by the reading thread only.
        @SuppressWarnings("NonAtomicVolatileUpdate")
        private void count(long bytes) {
            if (bytes > 0) {
                readBytes += bytes;
            }
        }
    }
}
