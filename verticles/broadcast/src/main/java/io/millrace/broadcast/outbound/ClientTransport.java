package io.millrace.broadcast.outbound;

import io.millrace.broadcast.format.SentTypes;
import io.millrace.broadcast.hub.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The writing end of one client's {@link Connection}. One implementation for each transport, in its own package
 * ({@code sse} is the shortest); the transport's route is mounted in {@code BroadcastRoutes}. Called on its hub's event loop.
 */
public interface ClientTransport {
    /** The name in metrics and statistics: {@code websocket}, {@code sse}, {@code poll}, {@code sockjs}, {@code tcp}. */
    String name();

    /** The types whose numbers the client was sent; null if its messages name everything. */
    default @Nullable SentTypes sentTypes() {
        return null;
    }

    /** Writes the messages, in order; {@link #flush} sends them. */
    void write(EncodedMessages messages);

    void flush();

    /** Whether the socket has room. Changes are reported by {@link Connection#full} and {@link Connection#drained}. */
    boolean writable();

    /** Bytes that were written and that the client's socket has not taken. */
    long unsent();

    /**
     * Flushes, and drops what waits here until the client asks for it.
     *
     * @return whether the client's socket has taken everything that was written
     */
    boolean settle();

    /** Whether the socket is full only because other streams of the same HTTP/2 connection have used up its window. */
    default boolean starved() {
        return false;
    }

    /**
     * Sends a ping or a heartbeat.
     *
     * @return whether the client will answer
     */
    boolean ping();

    /** Closes the connection after everything that was written. */
    void close(CloseCode code, String why);

    /** Closes the connection at once, without a last message. */
    void abort();

    /** As {@link #abort}, and nothing that was written and not sent yet is sent any more. */
    void reset();
}
