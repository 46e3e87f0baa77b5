package io.millrace.broadcast.outbound;

import io.millrace.broadcast.hub.Connection;

/** The way to one client: a transport's end of a {@link Connection}. Called on its hub's event loop. */
public interface ClientTransport {
    /** As metrics and statistics name it: {@code websocket}, {@code sse}, {@code poll}, {@code sockjs}. */
    String name();

    /** Takes the messages, in order; {@link #flush} sends them. */
    void write(EncodedMessages messages);

    void flush();

    /** Whether it takes more without gathering it here. When that changes, {@link Connection#full} and {@link Connection#writable} are called. */
    boolean writable();

    /** Whether it is full because others of its client's connection have taken all that this may hold: it is not at fault. */
    default boolean starved() {
        return false;
    }

    /**
     * Asks for a sign of life, or gives one.
     *
     * @return whether an answer will come
     */
    boolean ping();

    /** Ends it after everything that was written. */
    void close(CloseCode code, String why);

    /** Ends it at once: who reads nothing gets no farewell either. */
    void abort();
}
