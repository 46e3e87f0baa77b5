package io.millrace.benchmarks.client;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;

/** A socket to Millrace, and what was read from it and not yet used. Read by one thread, written by another. */
public abstract class ClientConnection {
    private static final int ROOM = 1 << 16;
    private static final int MAX_ROOM = 1 << 26;

    public final SocketChannel channel;
    private byte[] bytes = new byte[ROOM];
    private int end;

    protected ClientConnection(int port) throws IOException {
        channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        channel.configureBlocking(false);
    }

    /**
     * Uses what is complete.
     *
     * @return how many bytes were used
     */
    protected abstract int use(byte[] bytes, int end, long nowNanos) throws IOException;

    /** Reads what is there. */
    public final void read() throws IOException {
        if (end == bytes.length) {
            if (bytes.length >= MAX_ROOM) {
                throw new IOException("a message is longer than " + MAX_ROOM + " bytes");
            }
            bytes = Arrays.copyOf(bytes, bytes.length * 2);
        }
        int read = channel.read(ByteBuffer.wrap(bytes, end, bytes.length - end));
        if (read < 0) {
            throw new EOFException("Millrace closed " + channel);
        }
        end += read;
        int used = use(bytes, end, System.nanoTime());
        System.arraycopy(bytes, used, bytes, 0, end - used);
        end -= used;
    }

    /** Writes all of it, waiting for the kernel if need be. */
    protected final void write(ByteBuffer out) throws IOException {
        while (out.hasRemaining()) {
            if (channel.write(out) == 0) {
                Thread.onSpinWait();
            }
        }
    }
}
