package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.outbound.ClientTransport;
import io.millrace.broadcast.outbound.SockJsFrameEncoder;
import io.vertx.core.json.JsonObject;

/** A client of the event-bus bridge on any SockJS transport. Owned by its event loop. */
abstract class SockJsTransport implements ClientTransport {
    @Override
    public final String name() {
        return "sockjs";
    }

    /** Sends an error in the bridge's protocol. */
    final void refuse(String address, int status, String why) {
        send(SockJsFrameEncoder.error(address, status, why));
    }

    final void reply(String address, JsonObject body) {
        send(new JsonObject()
                .put("type", "rec")
                .put("address", address)
                .put("body", body)
                .toBuffer()
                .getBytes());
    }

    /** Sends one message of the bridge at once. */
    abstract void send(byte[] message);
}
