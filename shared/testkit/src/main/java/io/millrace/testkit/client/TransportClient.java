package io.millrace.testkit.client;

import io.millrace.testkit.network.TestAuthority;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.TrustOptions;

/** Clients of HTTP and TCP whose kernel takes little for who doesn't read. */
public record TransportClient(HttpClient http, WebSocketClient sockets, NetClient tcp) implements AutoCloseable {
    private static final Vertx VERTX = Vertx.vertx();
    private static final int RECEIVE_BUFFER = 64 << 10;

    /**
     * @param connections at most; over HTTP/2 they are shared
     */
    public TransportClient(HttpVersion version, int connections) {
        this(
                VERTX.createHttpClient(
                        new HttpClientOptions()
                                .setProtocolVersion(version)
                                .setHttp2ClearTextUpgrade(false)
                                .setReceiveBufferSize(RECEIVE_BUFFER),
                        new PoolOptions().setHttp1MaxSize(connections).setHttp2MaxSize(connections)),
                VERTX.createWebSocketClient(new WebSocketClientOptions()
                        .setMaxConnections(connections)
                        .setReceiveBufferSize(RECEIVE_BUFFER)
                        .setMaxFrameSize(8 << 20)
                        .setMaxMessageSize(8 << 20)),
                VERTX.createNetClient(new NetClientOptions().setReceiveBufferSize(RECEIVE_BUFFER)));
    }

    /** Over TLS, trusting that authority alone; HTTP/2 is agreed upon, and sockets offer to be compressed. */
    public static TransportClient overTls(HttpVersion version, TestAuthority authority) {
        TrustOptions trust = TrustOptions.wrap(authority.trust());
        return new TransportClient(
                VERTX.createHttpClient(new HttpClientOptions()
                        .setSsl(true)
                        .setUseAlpn(true)
                        .setProtocolVersion(version)
                        .setTrustOptions(trust)),
                VERTX.createWebSocketClient(new WebSocketClientOptions()
                        .setSsl(true)
                        .setTrustOptions(trust)
                        .setTryUsePerMessageCompression(true)
                        .setMaxFrameSize(8 << 20)
                        .setMaxMessageSize(8 << 20)),
                VERTX.createNetClient(new NetClientOptions()
                        .setSsl(true)
                        .setHostnameVerificationAlgorithm("HTTPS")
                        .setTrustOptions(trust)));
    }

    /**
     * Begins something on an event loop. A request that another thread makes may be answered before that thread has said
     * who takes the answer, and what came of it is lost.
     */
    static void begin(Runnable something) {
        VERTX.runOnContext(begin -> something.run());
    }

    @Override
    public void close() {
        http.close().onFailure(gone -> {});
        sockets.close().onFailure(gone -> {});
        tcp.close().onFailure(gone -> {});
    }
}
