package io.millrace.broadcast.websocket;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.CloseCode;
import io.millrace.contracts.failure.Failure;
import io.millrace.platform.http.server.HttpServerVerticle;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.CodecException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.compression.DecompressionException;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.Utf8FrameValidator;
import io.netty.handler.codec.http.websocketx.WebSocketCloseStatus;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.extensions.WebSocketExtension;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;

/**
 * Checks a client's frames (RFC 6455) where Vert.x' codec is too lenient: reserved bits as negotiated, text in UTF-8,
 * messages of at most {@link HttpServerVerticle#MAX_MESSAGE} however they are fragmented. A violation ends the connection
 * with its close code; after that nothing of the client is read but its close frame.
 */
final class StrictFrameDecoder {
    private static final int MAX_MESSAGE = HttpServerVerticle.MAX_MESSAGE;

    private StrictFrameDecoder() {}

    /** Called after an upgrade, and after {@link PerMessageDeflate} has replaced the extension or refused it. */
    static void install(Channel channel, Connection connection) {
        ChannelPipeline pipeline = channel.pipeline();
        boolean inflated = pipeline.get(PerMessageDeflate.INFLATE) != null;
        String decoder = pipeline.context(WebSocketFrameDecoder.class).name();
        String last = pipeline.lastContext().name();
        pipeline.addAfter(decoder, "millrace-reserved", new ReservedBits(inflated));
        if (inflated) {
            // Netty's inflater refuses a first fragment of which nothing can be inflated yet.
            pipeline.addBefore(
                    PerMessageDeflate.INFLATE, "millrace-fragments", new WebSocketFrameAggregator(MAX_MESSAGE));
        }
        pipeline.addBefore(last, "millrace-utf8", new Utf8FrameValidator(false));
        pipeline.addBefore(last, "millrace-messages", new WebSocketFrameAggregator(MAX_MESSAGE));
        pipeline.addBefore(last, "millrace-faults", new ErrorHandler(connection));
    }

    /** Refuses frames with a reserved bit that no extension uses. */
    private static final class ReservedBits extends ChannelInboundHandlerAdapter {
        private final boolean inflated;

        ReservedBits(boolean inflated) {
            this.inflated = inflated;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (message instanceof WebSocketFrame frame && frame.rsv() != 0) {
                boolean compressed = inflated
                        && frame.rsv() == WebSocketExtension.RSV1
                        && (frame instanceof TextWebSocketFrame || frame instanceof BinaryWebSocketFrame);
                if (!compressed) {
                    frame.release();
                    throw new CorruptedWebSocketFrameException(
                            WebSocketCloseStatus.PROTOCOL_ERROR, "a reserved bit is set");
                }
            }
            super.channelRead(ctx, message);
        }
    }

    /** Closes the connection at an unreadable frame. Called on the connection's event loop. */
    private static final class ErrorHandler extends ChannelInboundHandlerAdapter {
        private final Connection connection;

        ErrorHandler(Connection connection) {
            this.connection = connection;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
            if (message instanceof WebSocketFrame frame && frame.content().readableBytes() > MAX_MESSAGE) {
                // Inflated.
                frame.release();
                exceptionCaught(ctx, new TooLongFrameException("more than " + MAX_MESSAGE));
            } else if (connection.closing() && !(message instanceof CloseWebSocketFrame)) {
                ReferenceCountUtil.release(message);
            } else {
                super.channelRead(ctx, message);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable why) throws Exception {
            if (why instanceof CodecException) {
                // Not passed on: Vert.x would close the socket before the client has read the reason.
                close(why);
                endOutput(ctx.channel());
            } else {
                super.exceptionCaught(ctx, why);
            }
        }

        /**
         * Ends this side behind the close frame: the decoder may be past reading the client's, and an end of both sides would
         * take the close frame from a client that is still sending. That client's end is awaited by Vert.x, for ten seconds.
         */
        @SuppressWarnings("FutureReturnValueIgnored") // whether it was sent or not, the client's end is awaited
        private static void endOutput(Channel channel) {
            if (channel.isWritable()) {
                channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> {
                    SslHandler tls = channel.pipeline().get(SslHandler.class);
                    if (tls != null) {
                        tls.closeOutbound();
                    } else if (channel instanceof DuplexChannel socket) {
                        socket.shutdownOutput();
                    }
                });
            }
        }

        private void close(Throwable why) {
            boolean bomb = why instanceof DecompressionException && why.getCause() == null;
            WebSocketCloseStatus status = why instanceof CorruptedWebSocketFrameException frame
                    ? frame.closeStatus()
                    : WebSocketCloseStatus.PROTOCOL_ERROR;
            if (bomb || why instanceof TooLongFrameException || status.equals(WebSocketCloseStatus.MESSAGE_TOO_BIG)) {
                connection.close(CloseCode.TOO_BIG, Failure.TOO_LARGE, WebSocketRoute.TOO_LARGE);
            } else if (status.equals(WebSocketCloseStatus.INVALID_PAYLOAD_DATA)) {
                connection.close(CloseCode.NOT_UTF8, Failure.BAD_MESSAGE, "a text message must be UTF-8");
            } else {
                connection.close(CloseCode.PROTOCOL_ERROR, Failure.BAD_MESSAGE, "a frame breaks RFC 6455");
            }
        }
    }
}
