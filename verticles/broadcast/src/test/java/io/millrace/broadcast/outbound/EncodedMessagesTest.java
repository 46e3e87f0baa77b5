package io.millrace.broadcast.outbound;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.millrace.broadcast.format.StreamNumbers;
import io.millrace.platform.delivery.MessageFormat;
import io.netty.buffer.ByteBuf;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.junit.jupiter.api.Test;

class EncodedMessagesTest {
    /** Netty's SslHandler appends the bytes that follow to a buffer that has room: here those of another client. */
    @Test
    void aSharedFrameHasNoRoomForOneClientsBytes() {
        OutboundMessage message =
                OutboundMessage.of(new JsonObject().put("type", "a").put("text", "b".repeat(1_000)));
        EncodedMessages messages = new EncodedMessages(
                new StreamNumbers.Numbered("s", 1, 0, null), List.of(message), new FrameCompressor());
        for (ByteBuf frame : List.of(
                messages.webSocketFrame(MessageFormat.JSON, false),
                messages.webSocketFrame(MessageFormat.JSON, true),
                messages.webSocketFrame(MessageFormat.COMPACT, false),
                messages.webSocketFrame(MessageFormat.COMPACT, true),
                messages.webSocketFrame(MessageFormat.CBOR, false),
                messages.webSocketFrame(MessageFormat.CBOR, true),
                messages.bridgeFrames(),
                messages.sockJsFrame())) {
            assertEquals(0, frame.writableBytes());
            assertNotEquals(0, frame.ensureWritable(1, false) & 1, "the frame can be made longer");
            frame.release();
        }
        messages.release();
    }
}
