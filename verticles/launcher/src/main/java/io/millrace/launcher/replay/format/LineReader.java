package io.millrace.launcher.replay.format;

import io.millrace.mapping.MappingException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the lines of a file as bytes: a line ends with LF, CR LF or CR, which is part of it. Used by one thread. */
final class LineReader implements RowReader {
    /** The largest number of bytes of a line: far more than an event may have, far less than the memory. */
    static final int MAX_LINE = 8 << 20;

    private static final int BUFFER = 64 * 1024;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER];
    private int position;
    private int limit;

    LineReader(InputStream in) {
        this.in = in;
    }

    /** The next line with its line break; null after the last one. Bytes beyond the limit are dropped. */
    byte @Nullable [] line() throws IOException {
        int next = read();
        if (next < 0) {
            return null;
        }
        ByteArrayOutputStream line = new ByteArrayOutputStream(256);
        for (; next >= 0; next = read()) {
            if (line.size() < MAX_LINE || next == '\n' || next == '\r') {
                line.write(next);
            }
            if (next == '\r' && peek() == '\n') {
                line.write(read());
                break;
            }
            if (next == '\n' || next == '\r') {
                break;
            }
        }
        return line.toByteArray();
    }

    private int read() throws IOException {
        int next = peek();
        position++;
        return next;
    }

    private int peek() throws IOException {
        if (position >= limit) {
            position = 0;
            limit = in.read(buffer, 0, buffer.length);
        }
        return limit < 0 ? -1 : buffer[position] & 0xff;
    }

    @Override
    public byte @Nullable [] next() throws IOException {
        byte[] line = line();
        return line == null ? null : withoutEnd(line);
    }

    static byte[] withoutEnd(byte[] line) {
        int length = line.length;
        if (length > 0 && line[length - 1] == '\n') {
            length--;
        }
        if (length > 0 && line[length - 1] == '\r') {
            length--;
        }
        return Arrays.copyOf(line, length);
    }

    /**
     * Decodes UTF-8.
     *
     * @param row the number of the row, for the message
     * @throws MappingException if the bytes aren't UTF-8, naming the first invalid one
     */
    static String text(byte[] bytes, String row) {
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult result = decoder.decode(in, out, true);
        if (result.isError()) {
            throw new MappingException(String.format(
                    Locale.ROOT,
                    "%s: byte %d of it, 0x%02X, is not UTF-8",
                    row,
                    in.position() + 1,
                    bytes[in.position()] & 0xff));
        }
        return out.flip().toString();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
