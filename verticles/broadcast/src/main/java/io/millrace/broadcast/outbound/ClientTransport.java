package io.millrace.broadcast.outbound;

import io.millrace.broadcast.hub.Connection;

/** The writing end of one client's {@link Connection}. Called on its hub's event loop. */
public interface ClientTransport {
    /** The name in metrics and statistics: {@code websocket}, {@code sse}, {@code poll}, {@code sockjs}. */
    String name();

    /** Writes the messages, in order; {@link #flush} sends them. */
    void write(EncodedMessages messages);

    void flush();

    /** Whether the socket has room. Changes are reported by {@link Connection#full} and {@link Connection#drained}. */
    boolean writable();

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
}
