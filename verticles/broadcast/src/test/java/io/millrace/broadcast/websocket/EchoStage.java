package io.millrace.broadcast.websocket;

import io.millrace.broadcast.format.StreamNumbers;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Hub;
import io.millrace.broadcast.hub.StreamDispatcher;
import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.broadcast.outbound.EncodedMessages;
import io.millrace.broadcast.outbound.FrameCompressor;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.platform.delivery.MessageFormat;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.Stage;
import io.netty.channel.Channel;
import io.vertx.core.Deployable;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /echo}: sends each message back, over the transport of {@code /api/ws} and through what checks its frames. It
 * counts no attempts, has no heartbeat and takes binary messages.
 */
final class EchoStage implements Stage {
    private static final int BUFFER = 1 << 20;
    private static final StreamNumbers.Numbered ECHO = new StreamNumbers.Numbered("echo", 1, 0, null);

    private final NodeContext node;

    EchoStage(NodeContext node) {
        this.node = node;
    }

    @Override
    public @Nullable Deployable verticle() {
        return null;
    }

    @Override
    public void routes(Router router) {
        StreamDispatcher noStreams =
                new StreamDispatcher(node.vertx(), node, new StreamDispatcher.Limits(1, 1, 1, 1, 1));
        Hub hub = new Hub(Objects.requireNonNull(Vertx.currentContext()), node, noStreams);
        FrameCompressor compressor = new FrameCompressor();
        router.get("/echo").putMetadata(HttpServerVerticle.ENDLESS, true).handler(ctx -> upgrade(ctx, hub, compressor));
    }

    /** Paused while an identity is looked up, as that route is. */
    private void upgrade(RoutingContext ctx, Hub hub, FrameCompressor compressor) {
        HttpServerRequest request = ctx.request();
        request.pause();
        node.tokens()
                .ofHeader(null)
                .compose(nobody -> {
                    request.resume();
                    return request.toWebSocket();
                })
                .onSuccess(socket -> echo(ctx, socket, hub, compressor))
                .onFailure(ctx::fail);
    }

    private static void echo(RoutingContext ctx, ServerWebSocket socket, Hub hub, FrameCompressor compressor) {
        Channel channel = WebSocketRoute.channel(ctx);
        boolean compressed =
                PerMessageDeflate.replaceExtension(channel, ctx.request().getHeader(WebSocketRoute.EXTENSIONS));
        WebSocketTransport frames = new WebSocketTransport(socket, channel, BUFFER, compressed, MessageFormat.JSON);
        Connection connection = new Connection("echo", hub, new Echo(frames));
        frames.serve(connection);
        socket.textMessageHandler(text -> {
            OutboundMessage same = OutboundMessage.of("echo", null, text.getBytes(StandardCharsets.UTF_8));
            EncodedMessages encoded = new EncodedMessages(ECHO, List.of(same), compressor);
            frames.write(encoded);
            encoded.release();
            frames.flush();
        });
        socket.binaryMessageHandler(binary -> socket.writeBinaryMessage(binary).onFailure(gone -> connection.abort()));
        socket.exceptionHandler(broken -> connection.abort());
        socket.closeHandler(closed -> connection.closed());
    }

    /** Without the messages of the protocol, such as the error before a close. */
    private record Echo(WebSocketTransport frames) implements ClientTransport {
        @Override
        public String name() {
            return "echo";
        }

        @Override
        public void write(EncodedMessages messages) {}

        @Override
        public void flush() {
            frames.flush();
        }

        @Override
        public boolean settle() {
            return frames.settle();
        }

        @Override
        public long unsent() {
            return frames.unsent();
        }

        @Override
        public void reset() {
            frames.reset();
        }

        @Override
        public boolean writable() {
            return frames.writable();
        }

        @Override
        public boolean ping() {
            return frames.ping();
        }

        @Override
        public void close(CloseCode code, String why) {
            frames.close(code, why);
        }

        @Override
        public void abort() {
            frames.abort();
        }
    }
}
