package io.millrace.launcher.cluster;

import static com.hazelcast.internal.networking.HandlerStatus.BLOCKED;
import static com.hazelcast.internal.networking.HandlerStatus.CLEAN;
import static com.hazelcast.internal.networking.HandlerStatus.DIRTY;

import com.hazelcast.internal.networking.ChannelOption;
import com.hazelcast.internal.networking.HandlerStatus;
import com.hazelcast.internal.networking.OutboundHandler;
import java.io.EOFException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;

/** Encrypts: the last handler of a connection's outbound pipeline, which owns it, one thread at a time. */
final class TlsEncoder extends OutboundHandler<ByteBuffer, ByteBuffer> {
    private final TlsSession session;

    TlsEncoder(TlsSession session) {
        this.session = session;
    }

    @Override
    public void handlerAdded() {
        initDstBuffer(Math.max(channel.options().getOption(ChannelOption.SO_SNDBUF), 2 * session.packetBytes()));
    }

    @Override
    public HandlerStatus onWrite() throws Exception {
        dst.compact();
        try {
            for (; ; ) {
                HandshakeStatus status = session.status();
                if (!session.established() && status != HandshakeStatus.NEED_WRAP) {
                    // The decoder takes the next step and wakes this handler.
                    return BLOCKED;
                }
                if (status != HandshakeStatus.NEED_WRAP && !src.hasRemaining()) {
                    return CLEAN;
                }
                SSLEngineResult result = session.wrap(src, dst);
                switch (result.getStatus()) {
                    case BUFFER_OVERFLOW -> {
                        return DIRTY;
                    }
                    case CLOSED -> throw new EOFException("the other member ended TLS");
                    default -> {
                        if (result.bytesConsumed() == 0 && result.bytesProduced() == 0) {
                            return CLEAN;
                        }
                    }
                }
            }
        } finally {
            dst.flip();
        }
    }
}
