package io.millrace.broadcast.websocket;

import io.millrace.platform.http.server.HttpServerVerticle;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionData;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionDecoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtensionEncoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtension;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketServerExtensionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.PerMessageDeflateServerExtensionHandshaker;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * permessage-deflate (RFC 7692) on one socket, as Vert.x negotiated it. What goes out is compressed once for all, so the
 * socket's own compressor is taken away; what comes in is bounded, which Vert.x' isn't: 60 KB would become 60 MB.
 */
public final class PerMessageDeflate {
    /** The handler that inflates what comes in, where that was negotiated. */
    static final String INFLATE = "millrace-inflate";

    private static final String NAME = "permessage-deflate";
    private static final String ALONE = "client_no_context_takeover";

    private PerMessageDeflate() {}

    /** Before an upgrade: it will not be negotiated. */
    public static void refuse(Channel channel) {
        ChannelHandler negotiation = channel.pipeline().get(WebSocketServerExtensionHandler.class);
        if (negotiation != null) {
            channel.pipeline().remove(negotiation);
        }
    }

    /**
     * After an upgrade.
     *
     * @param offered by the client, as its request says it
     * @return whether the client takes compressed frames
     */
    static boolean takeOver(Channel channel, @Nullable String offered) {
        ChannelPipeline pipeline = channel.pipeline();
        WebSocketExtensionEncoder encoder = pipeline.get(WebSocketExtensionEncoder.class);
        WebSocketExtensionDecoder decoder = pipeline.get(WebSocketExtensionDecoder.class);
        if (encoder == null || decoder == null) {
            return false;
        }
        pipeline.remove(encoder);
        // Then nothing of a message need be kept for the next.
        boolean alone = offered != null && offered.contains(ALONE);
        Map<String, String> parameters = alone ? Map.of(ALONE, "") : Map.of();
        WebSocketServerExtension bounded = new PerMessageDeflateServerExtensionHandshaker(
                        0,
                        false,
                        PerMessageDeflateServerExtensionHandshaker.MAX_WINDOW_SIZE,
                        true,
                        true,
                        HttpServerVerticle.MAX_MESSAGE)
                .handshakeExtension(new WebSocketExtensionData(NAME, parameters));
        if (bounded != null) {
            pipeline.replace(decoder, INFLATE, bounded.newExtensionDecoder());
        }
        // Ours are made with the largest window. Who wants a smaller one gets them uncompressed, which is always
        // allowed.
        return offered == null || !offered.contains("server_max_window_bits");
    }
}
