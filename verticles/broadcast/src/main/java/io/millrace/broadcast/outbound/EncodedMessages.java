package io.millrace.broadcast.outbound;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lines on their way to clients, put into the form of a transport when the first client of that transport needs it, and
 * shared by all of them. Owned by one event loop, for one turn.
 */
public final class EncodedMessages {
    private static final byte[] POSITION = "\"position\":\"".getBytes(StandardCharsets.US_ASCII);
    private static final int TYPE_AT = "{\"type\":\"".length();

    private final @Nullable String stream;
    private final List<byte[]> lines;
    private final @Nullable FrameCompressor deflate;
    private @Nullable ByteBuf frame;
    private @Nullable ByteBuf deflated;
    private @Nullable Buffer eventStream;
    private @Nullable List<byte[]> bridged;
    private byte @Nullable [] sockJsTexts;
    private @Nullable ByteBuf bridgeFrames;
    private @Nullable ByteBuf sockJsFrame;

    /**
     * @param stream that all lines are of; null for what is about the connection
     * @param deflate for clients that take compressed frames; null if it isn't worth it
     */
    public EncodedMessages(@Nullable String stream, List<byte[]> lines, @Nullable FrameCompressor deflate) {
        this.stream = stream;
        this.lines = lines;
        this.deflate = deflate;
    }

    /** A message for one client. */
    public static EncodedMessages of(@Nullable String stream, String message) {
        return new EncodedMessages(stream, List.of(message.getBytes(StandardCharsets.UTF_8)), null);
    }

    public @Nullable String stream() {
        return stream;
    }

    public List<byte[]> lines() {
        return lines;
    }

    /**
     * A WebSocket frame of all lines, to be written to one channel, which releases it.
     *
     * @param compressed whether the client takes compressed frames
     */
    public ByteBuf webSocketFrame(boolean compressed) {
        if (compressed && deflate != null) {
            ByteBuf known = deflated;
            if (known == null) {
                known = deflate.frame(lines);
                deflated = known;
            }
            return known.retainedDuplicate();
        }
        ByteBuf known = frame;
        if (known == null) {
            known = WebSocketFrameEncoder.of(lines);
            frame = known;
        }
        return known.retainedDuplicate();
    }

    /** As server-sent events, each with its position as its id. */
    public Buffer eventStream() {
        Buffer known = eventStream;
        if (known == null) {
            known = Buffer.buffer();
            for (byte[] line : lines) {
                String position = position(line);
                appendEvent(known, line, position);
            }
            eventStream = known;
        }
        return known;
    }

    /** One server-sent event (WHATWG HTML, 9.2). */
    public static void appendEvent(Buffer to, byte[] line, @Nullable String id) {
        String type = type(line);
        // EventSource tells its own errors by an event of that name.
        to.appendString("event: ")
                .appendString(type.equals("error") ? "problem" : type)
                .appendString("\n");
        if (id != null) {
            to.appendString("id: ").appendString(id).appendString("\n");
        }
        to.appendString("data: ").appendBytes(line).appendString("\n\n");
    }

    /** As the event-bus bridge's messages; what is about the connection may be none. */
    private List<byte[]> bridged() {
        List<byte[]> known = bridged;
        if (known == null) {
            known = SockJsFrameEncoder.messages(stream, lines);
            bridged = known;
        }
        return known;
    }

    /** Whether the event-bus bridge has a message for any of it. */
    public boolean hasBridged() {
        return !bridged().isEmpty();
    }

    /** As the bridge's messages, in the form in which a SockJS frame holds them. */
    public byte[] sockJsTexts() {
        byte[] known = sockJsTexts;
        if (known == null) {
            known = SockJsFrameEncoder.texts(bridged());
            sockJsTexts = known;
        }
        return known;
    }

    /** WebSocket frames of the bridge's messages, to be written to one channel, which releases them. */
    public ByteBuf bridgeFrames() {
        ByteBuf known = bridgeFrames;
        if (known == null) {
            known = SockJsFrameEncoder.webSocketFrames(bridged());
            bridgeFrames = known;
        }
        return known.retainedDuplicate();
    }

    /** A WebSocket frame of SockJS with the bridge's messages, to be written to one channel, which releases it. */
    public ByteBuf sockJsFrame() {
        ByteBuf known = sockJsFrame;
        if (known == null) {
            known = SockJsFrameEncoder.webSocketFrame(SockJsFrameEncoder.messageFrame(List.of(sockJsTexts())));
            sockJsFrame = known;
        }
        return known.retainedDuplicate();
    }

    /** Its own references; others keep theirs. */
    public void release() {
        release(frame);
        release(deflated);
        release(bridgeFrames);
        release(sockJsFrame);
    }

    private static void release(@Nullable ByteBuf mine) {
        if (mine != null) {
            mine.release();
        }
    }

    /** What the line says its type is: every message begins with it. */
    public static String type(byte[] line) {
        int end = TYPE_AT;
        while (line[end] != '"') {
            end++;
        }
        return new String(line, TYPE_AT, end - TYPE_AT, StandardCharsets.US_ASCII);
    }

    /** The position that a message's own members tell, before any object in it; null if it has none. */
    public static @Nullable String position(byte[] line) {
        for (int i = 1; i + POSITION.length < line.length && line[i] != '{'; i++) {
            if (line[i] == '"' && startsWith(line, i)) {
                int from = i + POSITION.length;
                return new String(line, from, endOfText(line, from) - from, StandardCharsets.US_ASCII);
            }
            if (line[i] == '"') {
                i = endOfText(line, i + 1);
            }
        }
        return null;
    }

    private static int endOfText(byte[] line, int from) {
        int at = from;
        while (line[at] != '"') {
            at += line[at] == '\\' ? 2 : 1;
        }
        return at;
    }

    private static boolean startsWith(byte[] line, int at) {
        for (int i = 0; i < POSITION.length; i++) {
            if (line[at + i] != POSITION[i]) {
                return false;
            }
        }
        return true;
    }
}
