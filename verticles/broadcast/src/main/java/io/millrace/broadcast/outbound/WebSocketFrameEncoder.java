package io.millrace.broadcast.outbound;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;

/**
 * Frames of RFC 6455, built by hand so that one frame serves every socket that gets it: header and payload in one
 * buffer, written past the WebSocket encoder, which lets byte buffers through untouched.
 */
final class WebSocketFrameEncoder {
    private static final int FINAL_TEXT = 0x81;
    private static final int FINAL_BINARY = 0x82;
    /** RSV1: compressed (RFC 7692, 6). */
    private static final int COMPRESSED = 0x40;

    static final int MAX_HEADER = 10;

    private WebSocketFrameEncoder() {}

    /** One frame of several messages, one a line. */
    static ByteBuf of(List<OutboundMessage> messages) {
        int length = messages.size() - 1;
        for (OutboundMessage message : messages) {
            length += message.length();
        }
        // Unpooled heap would be copied at every write; direct and unpooled is freed with its last reader.
        ByteBuf frame = Unpooled.directBuffer(MAX_HEADER + length);
        header(frame, FINAL_TEXT, length);
        for (int i = 0; i < messages.size(); i++) {
            if (i > 0) {
                frame.writeByte('\n');
            }
            frame.writeBytes(messages.get(i).line());
        }
        return frame;
    }

    static ByteBuf of(byte[] payload, boolean binary) {
        return frame(opcode(binary), payload, payload.length);
    }

    static ByteBuf compressed(byte[] payload, int length, boolean binary) {
        return frame(opcode(binary) | COMPRESSED, payload, length);
    }

    private static int opcode(boolean binary) {
        return binary ? FINAL_BINARY : FINAL_TEXT;
    }

    private static ByteBuf frame(int first, byte[] payload, int length) {
        ByteBuf frame = Unpooled.directBuffer(MAX_HEADER + length);
        header(frame, first, length);
        return frame.writeBytes(payload, 0, length);
    }

    static void textHeader(ByteBuf frame, int length) {
        header(frame, FINAL_TEXT, length);
    }

    private static void header(ByteBuf frame, int first, int length) {
        frame.writeByte(first);
        if (length < 126) {
            frame.writeByte(length);
        } else if (length < 1 << 16) {
            frame.writeByte(126).writeShort(length);
        } else {
            frame.writeByte(127).writeLong(length);
        }
    }
}
