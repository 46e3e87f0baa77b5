package io.millrace.broadcast.tcp;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Cuts a stream of bytes into messages: the number of bytes in four bytes, the highest first, then the message. Passes on
 * each message as {@code byte[]}. A longer one is refused by its length, before a byte of it is kept, as {@link
 * #TOO_LARGE}; what follows is dropped. A negative length is such a length, as it would be without a sign.
 *
 * <p>Owned by its connection's event loop.
 */
final class TcpFrameDecoder extends ByteToMessageDecoder {
    /** Passed on instead of a message that is too long. */
    static final Object TOO_LARGE = new Object();

    private static final int HEADER = Integer.BYTES;
    private static final int BYTES_PER_SECOND = 500;

    private final int max;
    private boolean ended;
    /** When the first byte of the incomplete message came, of a clock that only goes forward; 0 if there is none. */
    private long begunAtMs;

    /**
     * Makes a decoder.
     *
     * @param max the largest number of bytes of a message
     */
    TcpFrameDecoder(int max) {
        this.max = max;
    }

    /** Drops whatever comes from now on. */
    void end() {
        ended = true;
    }

    /**
     * Whether an incomplete message comes more slowly than 500 bytes a second, the rule for the bodies of HTTP.
     *
     * @param patienceMs how long any message may take
     */
    boolean isTooSlow(long nowMs, long patienceMs) {
        long sinceMs = nowMs - begunAtMs;
        return begunAtMs != 0 && sinceMs > patienceMs && actualReadableBytes() < sinceMs * BYTES_PER_SECOND / 1_000;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) throws Exception {
        super.channelRead(ctx, bytes);
        if (actualReadableBytes() == 0) {
            begunAtMs = 0;
        } else if (begunAtMs == 0) {
            begunAtMs = nowMs();
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> messages) {
        if (ended) {
            bytes.skipBytes(bytes.readableBytes());
            return;
        }
        if (bytes.readableBytes() < HEADER) {
            return;
        }
        long length = bytes.getUnsignedInt(bytes.readerIndex());
        if (length > max) {
            ended = true;
            bytes.skipBytes(bytes.readableBytes());
            messages.add(TOO_LARGE);
        } else if (bytes.readableBytes() >= HEADER + length) {
            byte[] message = new byte[(int) length];
            bytes.skipBytes(HEADER).readBytes(message);
            messages.add(message);
            begunAtMs = 0;
        }
    }

    static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }
}
