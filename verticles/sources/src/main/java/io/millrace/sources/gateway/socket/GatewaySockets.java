package io.millrace.sources.gateway.socket;

import io.millrace.sources.gateway.GatewaySource;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Opens connections to a gateway. Belongs to one event loop. */
public final class GatewaySockets {
    private static final int CONNECT_MS = 8_000;
    private static final int CLOSE_SECONDS = 2;

    private final Vertx vertx;
    private final WebSocketClient client;
    private final GatewaySource.Address address;
    private final int maxMessage;

    /** @param maxMessage the largest message in bytes, inflated */
    public GatewaySockets(Vertx vertx, GatewaySource.Address address, int maxMessage) {
        this.vertx = vertx;
        this.address = address;
        this.maxMessage = maxMessage;
        this.client = vertx.createWebSocketClient(new WebSocketClientOptions()
                .setConnectTimeout(CONNECT_MS)
                .setSslHandshakeTimeout(CONNECT_MS / 1_000)
                .setClosingTimeout(CLOSE_SECONDS)
                .setTcpNoDelay(true)
                .setTryUsePerMessageCompression(false)
                .setMaxFrameSize(maxMessage)
                .setMaxMessageSize(maxMessage));
    }

    /** Opens a connection; how that goes is told by what it ends with. */
    public GatewaySocket open(URI gateway, LongSupplier received, Consumer<GatewayFrame> dispatched) {
        MessageReader reader = address.compress() ? new ZlibReader(maxMessage) : new PlainReader(maxMessage);
        GatewaySocket socket = new GatewaySocket(vertx, client.webSocket(), reader, received, dispatched);
        socket.connect(options(gateway));
        return socket;
    }

    private WebSocketConnectOptions options(URI gateway) {
        boolean tls = gateway.getScheme().equals("wss");
        String path = gateway.getRawPath() == null || gateway.getRawPath().isEmpty() ? "/" : gateway.getRawPath();
        WebSocketConnectOptions options = new WebSocketConnectOptions();
        options.setHost(gateway.getHost())
                .setPort(gateway.getPort() > 0 ? gateway.getPort() : tls ? 443 : 80)
                .setSsl(tls)
                .setURI(path + "?v=10&encoding=json" + (address.compress() ? "&compress=zlib-stream" : ""))
                .setTimeout(CONNECT_MS);
        return options;
    }

    /** The address that a gateway tells, if it may be used; null if not. */
    public @Nullable URI allowed(@Nullable String told) {
        try {
            URI uri = new URI(String.valueOf(told));
            boolean tls = "wss".equals(uri.getScheme()) || address.plain() && "ws".equals(uri.getScheme());
            return tls && uri.getHost() != null ? uri : null;
        } catch (URISyntaxException unreadable) {
            return null;
        }
    }
}
