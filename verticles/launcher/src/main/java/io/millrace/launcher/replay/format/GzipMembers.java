package io.millrace.launcher.replay.format;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * Decompresses a gzip file of one or more members (RFC 1952). {@link java.util.zip.GZIPInputStream} treats a damaged
 * later member as the end of the file; here a member is followed by another member, zero padding, or an error. Used by
 * one thread.
 */
final class GzipMembers extends InputStream {
    private static final int DEFLATE = 8;
    private static final int CRC_FLAG = 2;
    private static final int EXTRA_FLAG = 4;
    private static final int NAME_FLAG = 8;
    private static final int COMMENT_FLAG = 16;
    private static final int RESERVED_FLAGS = 0xe0;

    private final BufferedInputStream in;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 crc = new CRC32();
    private final byte[] packed = new byte[16 * 1024];
    private int packedLength;
    private int member;
    private boolean ended;

    /** @param in the stream, at its first member */
    GzipMembers(BufferedInputStream in) throws IOException {
        this.in = in;
        header();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        while (!ended && length > 0) {
            int count = inflate(target, offset, length);
            if (count > 0) {
                crc.update(target, offset, count);
                return count;
            }
            if (inflater.finished()) {
                nextMember();
            } else if (inflater.needsDictionary()) {
                throw new ZipException(where() + " needs a dictionary");
            } else {
                fill();
            }
        }
        return ended ? -1 : 0;
    }

    private int inflate(byte[] target, int offset, int length) throws ZipException {
        try {
            return inflater.inflate(target, offset, length);
        } catch (DataFormatException damaged) {
            throw new ZipException(where() + " is damaged: " + damaged.getMessage());
        }
    }

    private void fill() throws IOException {
        in.mark(packed.length);
        packedLength = in.read(packed);
        if (packedLength < 0) {
            throw new EOFException(where() + " ends in the middle");
        }
        inflater.setInput(packed, 0, packedLength);
    }

    private void nextMember() throws IOException {
        // Bytes that the inflater did not need belong to the trailer and the next member.
        in.reset();
        in.skipNBytes(packedLength - inflater.getRemaining());
        if (little(4) != crc.getValue() || little(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException(where() + " is damaged: its checksum is wrong");
        }
        if (atEnd()) {
            ended = true;
        } else {
            header();
        }
    }

    /** Zeros up to the end of the file are padding. */
    private boolean atEnd() throws IOException {
        in.mark(1);
        int next = in.read();
        if (next != 0) {
            in.reset();
            return next < 0;
        }
        while (next == 0) {
            next = in.read();
        }
        if (next >= 0) {
            throw new ZipException("bytes that are not a gzip member follow " + where());
        }
        return true;
    }

    private void header() throws IOException {
        member++;
        if (little(2) != 0x8b1f || little(1) != DEFLATE) {
            throw new ZipException(where() + " is damaged: it does not begin as gzip does");
        }
        int flags = (int) little(1);
        if ((flags & RESERVED_FLAGS) != 0) {
            throw new ZipException(where() + " is damaged: reserved flags are set");
        }
        little(4);
        little(2);
        if ((flags & EXTRA_FLAG) != 0) {
            in.skipNBytes(little(2));
        }
        skipText(flags & NAME_FLAG);
        skipText(flags & COMMENT_FLAG);
        if ((flags & CRC_FLAG) != 0) {
            little(2);
        }
        inflater.reset();
        crc.reset();
    }

    private void skipText(int present) throws IOException {
        while (present != 0 && little(1) != 0) {
            // Up to and including the zero at its end.
        }
    }

    private long little(int bytes) throws IOException {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            int read = in.read();
            if (read < 0) {
                throw new EOFException(where() + " ends in the middle");
            }
            value |= (long) read << (8 * i);
        }
        return value;
    }

    private String where() {
        return "gzip member " + member;
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        in.close();
    }
}
