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
 * permessage-deflate (RFC 7692) on one socket, as Vert.x negotiated it. Outgoing frames are compressed once for all sockets,
 * so the socket's own compressor is removed; the size of inflated messages is limited, which Vert.x doesn't do.
 */
public final class PerMessageDeflate {
    /** The handler that inflates incoming frames, where compression was negotiated. */
    static final String INFLATE = "millrace-inflate";

    private static final String NAME = "permessage-deflate";
    private static final String ALONE = "client_no_context_takeover";
    /** Netty's inflater wants room for more than comes; the size of the message is checked after it. */
    private static final int ROOM = 2 * HttpServerVerticle.MAX_MESSAGE;

    private PerMessageDeflate() {}

    /** Called before an upgrade: compression will not be negotiated. */
    public static void refuse(Channel channel) {
        ChannelHandler negotiation = channel.pipeline().get(WebSocketServerExtensionHandler.class);
        if (negotiation != null) {
            channel.pipeline().remove(negotiation);
        }
    }

    /**
     * Called after an upgrade.
     *
     * @param offered the extensions that the client's request offers; null if it offers none
     * @return whether the client takes compressed frames
     */
    static boolean replaceExtension(Channel channel, @Nullable String offered) {
        ChannelPipeline pipeline = channel.pipeline();
        WebSocketExtensionEncoder encoder = pipeline.get(WebSocketExtensionEncoder.class);
        WebSocketExtensionDecoder decoder = pipeline.get(WebSocketExtensionDecoder.class);
        if (encoder == null || decoder == null) {
            return false;
        }
        pipeline.remove(encoder);
        // Then the inflater needs no state between messages.
        boolean alone = offered != null && offered.contains(ALONE);
        Map<String, String> parameters = alone ? Map.of(ALONE, "") : Map.of();
        WebSocketServerExtension bounded = new PerMessageDeflateServerExtensionHandshaker(
                        0, false, PerMessageDeflateServerExtensionHandshaker.MAX_WINDOW_SIZE, true, true, ROOM)
                .handshakeExtension(new WebSocketExtensionData(NAME, parameters));
        if (bounded != null) {
            pipeline.replace(decoder, INFLATE, bounded.newExtensionDecoder());
        }
        // Frames are compressed with the largest window. A client that wants a smaller one gets uncompressed frames,
        // which is always allowed.
        return offered == null || !offered.contains("server_max_window_bits");
    }
}
