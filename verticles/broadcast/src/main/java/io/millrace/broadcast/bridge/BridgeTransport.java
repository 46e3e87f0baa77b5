package io.millrace.broadcast.bridge;

import io.millrace.broadcast.outbound.ClientTransport;
import io.vertx.core.json.JsonObject;

/** The writing end of a client of the event-bus bridge. Called on its hub's event loop. */
public interface BridgeTransport extends ClientTransport {
    /**
     * Sends the answer to a message at once.
     *
     * @param address the message's {@code replyAddress}
     */
    void reply(String address, JsonObject body);

    /**
     * Sends an error at once.
     *
     * @param address the refused message's {@code replyAddress}, else its address; may be empty
     * @param status the HTTP status of the failure
     * @param why the failure's code, a space, and the reason
     */
    void refuse(String address, int status, String why);

    /** Answers a client's ping. */
    void pong();
}
