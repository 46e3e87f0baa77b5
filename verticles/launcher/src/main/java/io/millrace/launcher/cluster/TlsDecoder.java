package io.millrace.launcher.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;

import com.hazelcast.internal.networking.ChannelOption;
import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.InboundHandler;
import java.io.EOFException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Decrypts: the first handler of a connection's inbound pipeline, which owns it, one thread at a time. */
final class TlsDecoder extends InboundHandler<ByteBuffer, ByteBuffer> {
    private final TlsSession session;
    /** Decrypted bytes that have no room in the next handler's buffer yet; in read mode. */
    private ByteBuffer decrypted;

    TlsDecoder(TlsSession session) {
        this.session = session;
        this.decrypted = ByteBuffer.allocate(session.applicationBytes()).flip();
    }

    @Override
    public void handlerAdded() {
        initSrcBuffer(Math.max(channel.options().getOption(ChannelOption.SO_RCVBUF), 2 * session.packetBytes()));
    }

    @Override
    public HandlerStatus onRead() throws Exception {
        src.flip();
        try {
            for (; ; ) {
                copyDecrypted();
                if (decrypted.hasRemaining()) {
                    return DIRTY;
                }
                if (session.status() == HandshakeStatus.NEED_WRAP && !session.established()) {
                    // The encoder takes the next step and wakes this handler.
                    return CLEAN;
                }
                if (!decrypt()) {
                    return CLEAN;
                }
            }
        } finally {
            src.compact();
        }
    }

    private void copyDecrypted() {
        int length = Math.min(decrypted.remaining(), dst.remaining());
        dst.put(decrypted.slice().limit(length));
        decrypted.position(decrypted.position() + length);
    }

    /** Decrypts one record; false if there is none. */
    private boolean decrypt() throws SSLException, EOFException {
        int room = session.applicationBytes();
        decrypted = decrypted.capacity() < room ? ByteBuffer.allocate(room) : decrypted.clear();
        SSLEngineResult result;
        try {
            result = session.unwrap(src, decrypted);
        } finally {
            decrypted.flip();
        }
        if (result.getStatus() == SSLEngineResult.Status.CLOSED) {
            throw new EOFException("the other member ended TLS");
        }
        return result.getStatus() == SSLEngineResult.Status.OK
                && (result.bytesConsumed() > 0 || result.bytesProduced() > 0);
    }
}
