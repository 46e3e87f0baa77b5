package io.millrace.broadcast.tcp;

import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.broadcast.transport.TransportContext;
import io.millrace.platform.http.BindErrors;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.tcp.AcceptingChannel;
import io.millrace.platform.tcp.TcpSettings;
import io.millrace.platform.tls.CertificateReload;
import io.millrace.platform.tls.Certificates;
import io.millrace.platform.tls.TlsFiles;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The TCP bridge's server: one instance for each event loop, all on one port, each with connections and a hub of its own.
 */
public final class TcpBridgeVerticle extends VerticleBase {
    private static final int CHECK_MS = 1_000;
    /** As for HTTP: otherwise the kernel buffers megabytes for a client that reads nothing. */
    private static final int SEND_BUFFER = 256 << 10;

    private final TcpSettings settings;
    private final HttpSettings http;
    private final Function<Context, TransportContext> transports;
    private final TcpRefusals refusals;
    private final @Nullable Certificates certificates;
    private @Nullable NetServer server;

    /**
     * Makes an instance.
     *
     * @param transports makes what the transports of an event loop share
     */
    public TcpBridgeVerticle(
            TcpSettings settings, Function<Context, TransportContext> transports, MeterRegistry metrics) {
        this.settings = settings;
        this.http = settings.http();
        this.transports = transports;
        this.refusals = new TcpRefusals(metrics);
        this.certificates = Certificates.of(http.tls());
    }

    @Override
    public Future<NetServer> start() {
        TcpClients clients = new TcpClients(vertx, transports.apply(context), http, refusals);
        vertx.setPeriodic(CHECK_MS, timer -> clients.check());
        NetServerOptions options = options();
        NetServer created = vertx.createNetServer(options)
                .connectHandler(socket -> clients.accept((NetSocketInternal) socket))
                .exceptionHandler(failed -> refusals.count(
                        failed instanceof SslHandshakeTimeoutException
                                ? TcpRefusals.Reason.SLOW_HANDSHAKE
                                : TcpRefusals.Reason.BAD_HANDSHAKE));
        server = created;
        return created.listen(settings.port(), settings.host())
                .recover(BindErrors.named("tcp", settings.host(), settings.port()))
                .compose(listening -> TcpConnectionGuard.install(AcceptingChannel.of(listening), http, refusals)
                        .map(first -> {
                            context.runOnContext(own -> watch(listening, options, first));
                            return listening;
                        }));
    }

    private void watch(NetServer listening, NetServerOptions options, boolean first) {
        TlsFiles files = http.tls();
        if (first && files != null && certificates != null) {
            new CertificateReload(vertx, listening::updateSSLOptions, files, options.getSslOptions(), certificates)
                    .start();
        }
    }

    @Override
    public Future<?> stop() {
        return server == null ? Future.succeededFuture() : server.close();
    }

    private NetServerOptions options() {
        NetServerOptions all = new NetServerOptions()
                .setAcceptBacklog(4096)
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setSendBufferSize(SEND_BUFFER);
        if (certificates == null) {
            return all;
        }
        all.setSsl(true)
                .setKeyCertOptions(certificates.keyCert())
                .setEnabledSecureTransportProtocols(Set.of("TLSv1.3", "TLSv1.2"))
                .setSslHandshakeTimeout(http.readTimeout().toMillis())
                .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS);
        return all;
    }
}
