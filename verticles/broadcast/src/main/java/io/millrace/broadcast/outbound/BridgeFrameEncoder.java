package io.millrace.broadcast.outbound;

import io.millrace.contracts.failure.Failure;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes messages of the event-bus bridge: as one WebSocket frame each for a plain WebSocket, as SockJS' array of texts
 * ({@code a["…","…"]}) for all its transports, and for TCP as the protocol of Vert.x's TCP bridge has it: the number of
 * bytes in four bytes, the highest first, then the message.
 */
public final class BridgeFrameEncoder {
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private static final int TCP_HEADER = Integer.BYTES;

    private BridgeFrameEncoder() {}

    /**
     * Messages about a stream go to the stream's address. About a connection the bridge has only errors.
     *
     * @param stream the stream of all messages; null if they are about the connection
     */
    static List<byte[]> messages(@Nullable String stream, List<OutboundMessage> outbound) {
        List<byte[]> messages = new ArrayList<>(outbound.size());
        if (stream == null) {
            for (OutboundMessage message : outbound) {
                if (message.type().equals("error")) {
                    JsonObject error = new JsonObject(Buffer.buffer(message.line()));
                    Failure failure = Failure.ofCode(error.getString("code"));
                    // The id of a request of the bridge is the address for its answer.
                    messages.add(error(
                            error.getValue("id") instanceof String address ? address : "",
                            failure == null ? 400 : failure.status(),
                            error.getString("code") + " " + error.getString("message")));
                }
            }
            return messages;
        }
        byte[] head = ("{\"type\":\"rec\",\"address\":" + Json.encode("stream." + stream) + ",\"body\":")
                .getBytes(StandardCharsets.UTF_8);
        for (OutboundMessage each : outbound) {
            byte[] line = each.line();
            byte[] message = new byte[head.length + line.length + 1];
            System.arraycopy(head, 0, message, 0, head.length);
            System.arraycopy(line, 0, message, head.length, line.length);
            message[message.length - 1] = '}';
            messages.add(message);
        }
        return messages;
    }

    /** An error in the bridge's protocol. */
    public static byte[] error(String address, int status, String why) {
        return new JsonObject()
                .put("type", "err")
                .put("address", address)
                .put("failureCode", status)
                .put("failureType", "RECIPIENT_FAILURE")
                .put("message", why)
                .toBuffer()
                .getBytes();
    }

    /** The TCP bridge's messages, with those about the connection that its clients know: errors, and where to come back. */
    static ByteBuf tcpFrames(@Nullable String stream, List<OutboundMessage> outbound) {
        if (stream == null) {
            List<byte[]> messages = messages(null, outbound);
            outbound.stream()
                    .filter(message -> message.type().equals("reconnect"))
                    .forEach(message -> messages.add(message.line()));
            return tcpFrames(messages);
        }
        byte[] head = ("{\"type\":\"message\",\"address\":" + Json.encode("stream." + stream)
                        + ",\"send\":false,\"body\":")
                .getBytes(StandardCharsets.UTF_8);
        int bytes = outbound.size() * (TCP_HEADER + head.length + 1);
        for (OutboundMessage message : outbound) {
            bytes += message.length();
        }
        ByteBuf frames = Unpooled.directBuffer(bytes);
        for (OutboundMessage message : outbound) {
            frames.writeInt(head.length + message.length() + 1);
            frames.writeBytes(head).writeBytes(message.line()).writeByte('}');
        }
        return frames;
    }

    /** Each message as a frame of the TCP bridge, all in one buffer. */
    public static ByteBuf tcpFrames(List<byte[]> messages) {
        int bytes = 0;
        for (byte[] message : messages) {
            bytes += TCP_HEADER + message.length;
        }
        ByteBuf frames = Unpooled.directBuffer(bytes);
        for (byte[] message : messages) {
            frames.writeInt(message.length).writeBytes(message);
        }
        return frames;
    }

    /** Each message as a WebSocket frame of its own, all in one buffer. */
    public static ByteBuf webSocketFrames(List<byte[]> messages) {
        int bytes = 0;
        for (byte[] message : messages) {
            bytes += WebSocketFrameEncoder.MAX_HEADER + message.length;
        }
        ByteBuf frames = Unpooled.directBuffer(bytes);
        for (byte[] message : messages) {
            WebSocketFrameEncoder.textHeader(frames, message.length);
            frames.writeBytes(message);
        }
        return frames;
    }

    /** One WebSocket frame of a SockJS frame. */
    public static ByteBuf webSocketFrame(byte[] sockJsFrame) {
        return webSocketFrames(List.of(sockJsFrame));
    }

    /** The messages as JSON texts with commas between them: the content of {@code a[…]}. */
    public static byte[] texts(List<byte[]> messages) {
        int bytes = 0;
        for (byte[] message : messages) {
            bytes += message.length + message.length / 4 + 3;
        }
        ByteArrayOutputStream texts = new ByteArrayOutputStream(bytes);
        for (byte[] message : messages) {
            if (texts.size() > 0) {
                texts.write(',');
            }
            texts.write('"');
            escape(message, texts);
            texts.write('"');
        }
        return texts.toByteArray();
    }

    /** Escapes a message as a JSON text (RFC 8259, 7); bytes beyond ASCII stay as they are. */
    private static void escape(byte[] message, ByteArrayOutputStream to) {
        int from = 0;
        for (int i = 0; i < message.length; i++) {
            byte one = message[i];
            if (one != '"' && one != '\\' && (one < 0 || one >= ' ')) {
                continue;
            }
            to.write(message, from, i - from);
            from = i + 1;
            to.write('\\');
            if (one == '"' || one == '\\') {
                to.write(one);
            } else {
                to.writeBytes(new byte[] {'u', '0', '0', HEX[one >> 4], HEX[one & 0xf]});
            }
        }
        to.write(message, from, message.length - from);
    }

    /** The SockJS frame that carries these texts. */
    public static byte[] messageFrame(List<byte[]> texts) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write('a');
        frame.write('[');
        for (int i = 0; i < texts.size(); i++) {
            if (i > 0) {
                frame.write(',');
            }
            frame.writeBytes(texts.get(i));
        }
        frame.write(']');
        return frame.toByteArray();
    }

    /** The SockJS frame that ends a session. */
    public static byte[] closeFrame(CloseCode code, String why) {
        return ("c" + new JsonArray().add(code.code()).add(why).encode()).getBytes(StandardCharsets.UTF_8);
    }
}
