package io.millrace.platform.http.server;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.LastHttpContent;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.util.List;

/**
 * Vert.x' HTTP/1 decoder, but strict where Netty is lenient: a folded header (RFC 9112 §5.2), and Content-Length
 * together with chunked encoding (§6.1), which allow request smuggling. Owned by its connection.
 */
public final class StrictRequestDecoder extends VertxHttpRequestDecoder {
    private final HeaderTimeout guard;
    private boolean inHeader = true;
    private boolean lineBegins;
    private boolean folded;

    StrictRequestDecoder(HttpServerOptions options, HeaderTimeout guard) {
        super(options);
        this.guard = guard;
    }

    /** Why a request's header is refused. */
    public static final class BadHeader extends IllegalArgumentException {
        BadHeader(String why) {
            super(why);
        }
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf buffer, List<Object> out) throws Exception {
        int from = buffer.readerIndex();
        int before = out.size();
        boolean header = inHeader;
        super.decode(ctx, buffer, out);
        if (header) {
            look(buffer, from, buffer.readerIndex());
        }
        for (int i = before; i < out.size(); i++) {
            if (out.get(i) instanceof HttpMessage message) {
                inHeader = false;
                guard.headerEnded();
                refuseFolded(message);
            }
            if (out.get(i) instanceof LastHttpContent) {
                inHeader = true;
                lineBegins = false;
            }
        }
        if (inHeader && (buffer.readableBytes() > 0 || buffer.readerIndex() > from) && out.size() == before) {
            guard.headerBegan();
        }
    }

    /** Checks the bytes of a header line by line, as they are decoded. */
    private void look(ByteBuf buffer, int from, int to) {
        for (int i = from; i < to; i++) {
            byte octet = buffer.getByte(i);
            folded |= lineBegins && (octet == ' ' || octet == '\t');
            lineBegins = octet == '\n';
        }
    }

    private void refuseFolded(HttpObject message) {
        if (folded && message.decoderResult().isSuccess()) {
            message.setDecoderResult(io.netty.handler.codec.DecoderResult.failure(
                    new BadHeader("a header may not go on in the next line")));
        }
        folded = false;
    }

    @Override
    protected void handleTransferEncodingChunkedWithContentLength(HttpMessage message) {
        throw new BadHeader("there may be a Content-Length or a Transfer-Encoding, not both");
    }
}
