package io.millrace.sources.gateway.socket;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * {@code zlib-stream}: one zlib stream (RFC 1950) for the whole connection. A message ends with a sync flush, {@code 00 00
 * FF FF}, at the end of a WebSocket message. What it inflates to is bounded.
 */
final class ZlibReader implements MessageReader {
    private static final int SYNC_FLUSH = 0x0000_FFFF;

    private final int max;
    private final Inflater inflater = new Inflater();
    private final byte[] chunk = new byte[16 << 10];
    private final ByteArrayOutputStream inflated = new ByteArrayOutputStream();
    /** The last four compressed bytes, which may be of several frames. */
    private int tail = -1;

    /** @param max the largest message in bytes, inflated */
    ZlibReader(int max) {
        this.max = max;
    }

    @Override
    public @Nullable String add(Buffer bytes, boolean last) {
        byte[] compressed = bytes.getBytes();
        for (int i = Math.max(0, compressed.length - Integer.BYTES); i < compressed.length; i++) {
            tail = tail << Byte.SIZE | compressed[i] & 0xFF;
        }
        inflater.setInput(compressed);
        try {
            for (int length = inflater.inflate(chunk); length > 0; length = inflater.inflate(chunk)) {
                if (inflated.size() + length > max) {
                    throw PlainReader.tooLarge(max);
                }
                inflated.write(chunk, 0, length);
            }
        } catch (DataFormatException notZlib) {
            throw new MillraceException(Failure.BAD_MESSAGE, "what the gateway sends is no zlib stream", notZlib);
        }
        if (inflater.finished() || inflater.needsDictionary()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "the zlib stream of the gateway has ended");
        }
        if (!last || tail != SYNC_FLUSH) {
            return null;
        }
        byte[] whole = inflated.toByteArray();
        inflated.reset();
        return ClientJson.utf8("the frame", whole);
    }

    @Override
    public void close() {
        inflater.end();
    }
}
