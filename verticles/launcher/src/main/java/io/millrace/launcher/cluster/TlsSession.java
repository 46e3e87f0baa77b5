package io.millrace.launcher.cluster;

import com.hazelcast.internal.networking.Channel;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * The TLS of one connection between members, which its {@link TlsDecoder} and its {@link TlsEncoder} share, each on a thread
 * of its own: whoever makes the handshake go on wakes the other. The engine keeps the two apart.
 */
final class TlsSession {
    private final SSLEngine engine;
    private final Channel channel;
    private volatile boolean established;

    TlsSession(SSLContext tls, Channel channel) throws SSLException {
        this.channel = channel;
        engine = tls.createSSLEngine();
        engine.setUseClientMode(channel.isClientMode());
        engine.setNeedClientAuth(true);
        engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
        engine.beginHandshake();
    }

    /** Whether both have seen the other's certificate, and liked it. */
    boolean established() {
        return established;
    }

    int packetBytes() {
        return engine.getSession().getPacketBufferSize();
    }

    int applicationBytes() {
        return engine.getSession().getApplicationBufferSize();
    }

    /** What has to be done next; the checks of certificates are done here, at once: they take milliseconds, once. */
    HandshakeStatus status() {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
            // The other thread may have had a part of them.
            wakeBoth();
            status = engine.getHandshakeStatus();
        }
        return status;
    }

    SSLEngineResult unwrap(ByteBuffer network, ByteBuffer application) throws SSLException {
        return went(engine.unwrap(network, application));
    }

    SSLEngineResult wrap(ByteBuffer application, ByteBuffer network) throws SSLException {
        return went(engine.wrap(application, network));
    }

    private SSLEngineResult went(SSLEngineResult result) {
        if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
            established = true;
        }
        if (result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
            wakeBoth();
        }
        return result;
    }

    private void wakeBoth() {
        channel.inboundPipeline().wakeup();
        channel.outboundPipeline().wakeup();
    }
}
