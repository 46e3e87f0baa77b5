package io.millrace.sources.gateway.socket;

import io.millrace.contracts.failure.MillraceException;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/** Makes messages of the WebSocket frames of one connection. Belongs to one event loop. */
interface MessageReader {
    /**
     * Adds a frame.
     *
     * @param last whether a WebSocket message ends with it
     * @return a message that is whole now; null if more of it has to come
     * @throws MillraceException nothing on this connection can be read any more, or this message can't
     */
    @Nullable
    String add(Buffer bytes, boolean last);

    /** Lets go of what it holds. */
    default void close() {}
}
