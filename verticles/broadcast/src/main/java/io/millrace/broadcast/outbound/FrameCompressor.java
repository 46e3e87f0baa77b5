package io.millrace.broadcast.outbound;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/**
 * Compresses frames for all clients that take them (permessage-deflate, RFC 7692). A frame refers to nothing before it, so
 * it is right for every client, whatever the client got before. Owned by one event loop, which lives as long as the node.
 */
public final class FrameCompressor {
    private static final byte[] NEWLINE = {'\n'};
    /** Bytes at the end of a flush that the frame leaves out and the receiver adds again. */
    private static final int TAIL = 4;

    private final Deflater deflater = new Deflater(Deflater.BEST_SPEED, true);
    private byte[] out = new byte[64 << 10];
    private int length;

    /** One frame of several messages, one a line. */
    ByteBuf frame(List<OutboundMessage> messages) {
        deflater.reset();
        length = 0;
        for (int i = 0; i < messages.size(); i++) {
            if (i > 0) {
                take(NEWLINE, Deflater.NO_FLUSH);
            }
            take(messages.get(i).line(), i == messages.size() - 1 ? Deflater.SYNC_FLUSH : Deflater.NO_FLUSH);
        }
        return WebSocketFrameEncoder.compressed(out, length - TAIL, false);
    }

    /** One frame of a payload that is encoded already. */
    ByteBuf frame(byte[] payload, boolean binary) {
        deflater.reset();
        length = 0;
        take(payload, Deflater.SYNC_FLUSH);
        return WebSocketFrameEncoder.compressed(out, length - TAIL, binary);
    }

    private void take(byte[] bytes, int flush) {
        deflater.setInput(bytes);
        int room;
        int made;
        do {
            if (length == out.length) {
                out = Arrays.copyOf(out, 2 * out.length);
            }
            room = out.length - length;
            made = deflater.deflate(out, length, room, flush);
            length += made;
            // If the buffer is full, there is more.
        } while (made == room || !deflater.needsInput());
    }
}
