package io.millrace.platform.http.server;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.platform.http.HttpSettings;
import io.millrace.platform.http.Networks;
import io.millrace.platform.metrics.EnumCounters;
import io.millrace.platform.tcp.AcceptingChannel;
import io.millrace.platform.tcp.ProxyHeader;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Counts and limits the connections of the HTTP server, and gives each a {@link HeaderTimeout}. Sits in the pipeline of
 * the accepting channel, since Vert.x reports a connection only at its first request. Safe from any thread.
 */
@Sharable
public final class ServerConnectionLimit extends ChannelInboundHandlerAdapter {
    private final AtomicInteger open = new AtomicInteger();
    private final EnumCounters<Refusal> refusals;
    private final int most;
    private final Duration headerWithin;
    private final HttpServerOptions options;
    private final MeterRegistry metrics;
    private final Networks proxies;
    private boolean front;

    /** Why a connection was refused or closed. */
    enum Refusal {
        /** The server has {@code http.connections.max} connections. */
        FULL,
        SLOW_HEADER,
        SLOW_BODY,
        SLOW_HANDSHAKE,
        /** No TLS, an old version of it, or a certificate that the client doesn't like. */
        BAD_HANDSHAKE,
        /** A proxy of {@code http.proxy.protocol} sent something else first. */
        PROXY_HEADER,
        /** A request of an address that {@code http.deny} or {@code http.allow} refuses. */
        ADDRESS,
        /** Frames of HTTP/2 that nobody needs so many of, or that are none. */
        BAD_FRAMES
    }

    public ServerConnectionLimit(HttpSettings settings, HttpServerOptions options, MeterRegistry metrics) {
        this.most = settings.maxConnections();
        this.headerWithin = settings.readTimeout();
        this.proxies = settings.proxyProtocol();
        this.options = options;
        this.metrics = metrics;
        this.refusals = new EnumCounters<>("millrace.http.refused.connections", "reason", Refusal.class, metrics);
    }

    Duration headerWithin() {
        return headerWithin;
    }

    void refused(Refusal refusal) {
        refusals.increment(refusal);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object accepted) throws Exception {
        if (accepted instanceof Channel connection) {
            boolean full = open.incrementAndGet() > most;
            if (full) {
                refused(Refusal.FULL);
            }
            connection.closeFuture().addListener(closed -> open.decrementAndGet());
            HeaderTimeout guard = new HeaderTimeout(this, options, full);
            connection.pipeline().addFirst("guard", options.isSsl() ? new BehindTls(guard) : guard);
            if (front) {
                ProxyHeader.expect(connection, proxies, () -> refused(Refusal.PROXY_HEADER));
            }
        }
        super.channelRead(ctx, accepted);
    }

    /**
     * Starts counting this server's connections. Several servers on one port share the channel: the first one counts.
     *
     * @return completes when no connection is accepted uncounted any more, with whether this server is the first one
     */
    Future<Boolean> watch(HttpServer listening) {
        front = true;
        return guard(listening).onSuccess(first -> {
            if (first) {
                Gauge.builder("millrace.http.connections", open, AtomicInteger::get)
                        .description("Connections of the HTTP front, of whatever kind")
                        .register(metrics);
            }
        });
    }

    /** The same for a server without metrics. */
    Future<Boolean> guard(HttpServer listening) {
        Channel channel = AcceptingChannel.of(listening);
        Promise<Boolean> guarded = Promise.promise();
        channel.eventLoop().execute(() -> {
            boolean first = channel.pipeline().get("connections") == null;
            if (first) {
                channel.pipeline().addFirst("connections", this);
            }
            guarded.complete(first);
        });
        return guarded.future();
    }

    /** Puts the guard behind the handler of TLS, which is in the pipeline once the channel is active. */
    private static final class BehindTls extends ChannelInboundHandlerAdapter {
        private final HeaderTimeout guard;

        BehindTls(HeaderTimeout guard) {
            this.guard = guard;
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) throws Exception {
            ctx.pipeline().addAfter("ssl", null, guard);
            super.channelActive(ctx);
            ctx.pipeline().remove(this);
        }
    }
}
