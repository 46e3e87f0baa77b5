package io.millrace.broadcast.outbound;

import io.millrace.broadcast.format.PayloadWriter;
import io.millrace.broadcast.format.StreamNumbers;
import io.millrace.platform.delivery.MessageFormat;
import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages to clients, encoded for a transport when the first client of that transport needs it, and shared by all
 * clients of that transport. Owned by one event loop, for one turn.
 */
public final class EncodedMessages {
    private final @Nullable String stream;
    private final List<OutboundMessage> messages;
    private final @Nullable FrameCompressor compressor;
    private final long bytes;
    private final StreamNumbers.@Nullable Numbered numbered;
    /** The WebSocket frames of each form, uncompressed and compressed. */
    private final @Nullable ByteBuf[] frames = new ByteBuf[2 * MessageFormat.values().length];

    private @Nullable Buffer eventStream;
    private @Nullable List<byte[]> bridged;
    private byte @Nullable [] sockJsTexts;
    private @Nullable ByteBuf bridgeFrames;
    private @Nullable ByteBuf sockJsFrame;
    private @Nullable ByteBuf tcpFrames;

    private EncodedMessages(
            @Nullable String stream,
            StreamNumbers.@Nullable Numbered numbered,
            List<OutboundMessage> messages,
            @Nullable FrameCompressor compressor) {
        this.stream = stream;
        this.numbered = numbered;
        this.messages = messages;
        this.compressor = compressor;
        long sum = 0;
        for (OutboundMessage message : messages) {
            sum += message.length();
        }
        this.bytes = sum;
    }

    /**
     * Messages of one stream that deliver events.
     *
     * @param stream the stream of all messages, with its number on this event loop
     * @param compressor compresses frames for clients that take them; null if compressing isn't worth it
     */
    public EncodedMessages(
            StreamNumbers.Numbered stream, List<OutboundMessage> messages, @Nullable FrameCompressor compressor) {
        this(stream.stream(), stream, messages, compressor);
    }

    /**
     * A message for one client that delivers no event.
     *
     * @param stream the stream that the message is about; null if it is about the connection
     */
    public static EncodedMessages of(@Nullable String stream, OutboundMessage message) {
        return new EncodedMessages(stream, null, List.of(message), null);
    }

    public @Nullable String stream() {
        return stream;
    }

    /** Bytes of the messages as JSON, before a transport frames, shortens or compresses them. */
    public long bytes() {
        return bytes;
    }

    public List<OutboundMessage> messages() {
        return messages;
    }

    /**
     * A WebSocket frame of all messages, to be written to one channel, which releases it. It is a slice, as all shared
     * frames are: Netty's TLS appends what follows to a buffer that has room.
     *
     * @param format the form that the client asked for
     * @param compressed whether the client takes compressed frames
     */
    public ByteBuf webSocketFrame(MessageFormat format, boolean compressed) {
        FrameCompressor used = compressed ? compressor : null;
        int index = 2 * format.ordinal() + (used == null ? 0 : 1);
        ByteBuf known = frames[index];
        if (known == null) {
            known = format == MessageFormat.JSON ? jsonFrame(used) : compactFrame(format, used);
            frames[index] = known;
        }
        return known.retainedSlice();
    }

    private ByteBuf jsonFrame(@Nullable FrameCompressor used) {
        return used == null ? WebSocketFrameEncoder.of(messages) : used.frame(messages);
    }

    private ByteBuf compactFrame(MessageFormat format, @Nullable FrameCompressor used) {
        PayloadWriter writer = PayloadWriter.of(format, numbered);
        for (OutboundMessage message : messages) {
            writer.add(message.line(), message.delivery(), message.position());
        }
        boolean binary = format == MessageFormat.CBOR;
        byte[] payload = writer.finish();
        return used == null ? WebSocketFrameEncoder.of(payload, binary) : used.frame(payload, binary);
    }

    /** As server-sent events, each with its position as its id. */
    public Buffer eventStream() {
        Buffer known = eventStream;
        if (known == null) {
            known = Buffer.buffer();
            for (OutboundMessage message : messages) {
                appendEvent(known, message, message.position());
            }
            eventStream = known;
        }
        return known;
    }

    /** One server-sent event (WHATWG HTML, 9.2). */
    public static void appendEvent(Buffer to, OutboundMessage message, @Nullable String id) {
        String type = message.type();
        // EventSource reports its own errors by an event of that name.
        to.appendString("event: ")
                .appendString(type.equals("error") ? "problem" : type)
                .appendString("\n");
        if (id != null) {
            to.appendString("id: ").appendString(id).appendString("\n");
        }
        to.appendString("data: ").appendBytes(message.line()).appendString("\n\n");
    }

    /** The messages in the event-bus bridge's protocol, which has none for most messages about a connection. */
    private List<byte[]> bridged() {
        List<byte[]> known = bridged;
        if (known == null) {
            known = BridgeFrameEncoder.messages(stream, messages);
            bridged = known;
        }
        return known;
    }

    /** Whether the event-bus bridge's protocol has a message for any of these. */
    public boolean hasBridged() {
        return !bridged().isEmpty();
    }

    /** The bridge's messages as a SockJS frame holds them. */
    public byte[] sockJsTexts() {
        byte[] known = sockJsTexts;
        if (known == null) {
            known = BridgeFrameEncoder.texts(bridged());
            sockJsTexts = known;
        }
        return known;
    }

    /** WebSocket frames of the bridge's messages, to be written to one channel, which releases them. */
    public ByteBuf bridgeFrames() {
        ByteBuf known = bridgeFrames;
        if (known == null) {
            known = BridgeFrameEncoder.webSocketFrames(bridged());
            bridgeFrames = known;
        }
        return known.retainedSlice();
    }

    /** A WebSocket frame of SockJS with the bridge's messages, to be written to one channel, which releases it. */
    public ByteBuf sockJsFrame() {
        ByteBuf known = sockJsFrame;
        if (known == null) {
            known = BridgeFrameEncoder.webSocketFrame(BridgeFrameEncoder.messageFrame(List.of(sockJsTexts())));
            sockJsFrame = known;
        }
        return known.retainedSlice();
    }

    /**
     * Frames of the TCP bridge, to be written to one channel, which releases them. Empty if its protocol has no message for
     * any of these.
     */
    public ByteBuf tcpFrames() {
        ByteBuf known = tcpFrames;
        if (known == null) {
            known = BridgeFrameEncoder.tcpFrames(stream, messages);
            tcpFrames = known;
        }
        return known.retainedSlice();
    }

    /** Releases this object's references to the frames. */
    public void release() {
        for (ByteBuf frame : frames) {
            release(frame);
        }
        release(bridgeFrames);
        release(sockJsFrame);
        release(tcpFrames);
    }

    private static void release(@Nullable ByteBuf mine) {
        if (mine != null) {
            mine.release();
        }
    }
}
