package io.millrace.sources.gateway.socket;

import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** A WebSocket message is a message. */
final class PlainReader implements MessageReader {
    private final int max;
    private Buffer part = Buffer.buffer();

    /** @param max the largest message in bytes */
    PlainReader(int max) {
        this.max = max;
    }

    @Override
    public @Nullable String add(Buffer bytes, boolean last) {
        if (part.length() + bytes.length() > max) {
            throw tooLarge(max);
        }
        part.appendBuffer(bytes);
        if (!last) {
            return null;
        }
        byte[] whole = part.getBytes();
        part = Buffer.buffer();
        return ClientJson.utf8("the frame", whole);
    }

    static MillraceException tooLarge(int max) {
        return new MillraceException(
                Failure.TOO_LARGE, "a frame has more than " + max + " bytes: look at sources.gateway.message.max");
    }
}
