package io.millrace.launcher.cluster;

import com.hazelcast.internal.networking.Channel;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * The TLS of one connection between members. Its {@link TlsDecoder} and its {@link TlsEncoder} share it, each on a thread of
 * its own: the one that advances the handshake wakes the other. The engine synchronizes their calls.
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

    /** Whether the handshake has ended, the check of both certificates included. */
    boolean established() {
        return established;
    }

    int packetBytes() {
        return engine.getSession().getPacketBufferSize();
    }

    int applicationBytes() {
        return engine.getSession().getApplicationBufferSize();
    }

    /** The next step. Runs the checks of certificates, which take milliseconds once for each connection. */
    HandshakeStatus status() {
        HandshakeStatus status = engine.getHandshakeStatus();
        if (status == HandshakeStatus.NEED_TASK) {
            for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
                task.run();
            }
            // The other thread may wait for these tasks.
            resumeBoth();
            status = engine.getHandshakeStatus();
        }
        return status;
    }

    SSLEngineResult unwrap(ByteBuffer network, ByteBuffer application) throws SSLException {
        return noted(false, engine.unwrap(network, application));
    }

    SSLEngineResult wrap(ByteBuffer application, ByteBuffer network) throws SSLException {
        boolean demanded = engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
        return noted(demanded, engine.wrap(application, network));
    }

    /** Wakes the pipelines after a step of the handshake, or of an update of its keys; without one they wait for bytes. */
    private SSLEngineResult noted(boolean demanded, SSLEngineResult result) {
        if (result.getHandshakeStatus() == HandshakeStatus.FINISHED) {
            established = true;
        }
        boolean progress = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
        if (progress && (demanded || result.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING)) {
            resumeBoth();
        }
        return result;
    }

    private void resumeBoth() {
        channel.inboundPipeline().wakeup();
        channel.outboundPipeline().wakeup();
    }
}
