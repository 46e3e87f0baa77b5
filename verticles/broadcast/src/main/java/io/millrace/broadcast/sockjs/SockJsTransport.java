package io.millrace.broadcast.sockjs;

import io.millrace.broadcast.bridge.BridgeTransport;
import io.millrace.broadcast.outbound.BridgeFrameEncoder;
import io.vertx.core.json.JsonObject;

/** A client of the event-bus bridge on any SockJS transport. Owned by its event loop. */
abstract class SockJsTransport implements BridgeTransport {
    @Override
    public final String name() {
        return "sockjs";
    }

    @Override
    public final void refuse(String address, int status, String why) {
        send(BridgeFrameEncoder.error(address, status, why));
    }

    @Override
    public final void reply(String address, JsonObject body) {
        send(new JsonObject()
                .put("type", "rec")
                .put("address", address)
                .put("body", body)
                .toBuffer()
                .getBytes());
    }

    /** Its own client wants no answer: SockJS' heartbeat comes from the server. */
    @Override
    public final void pong() {}

    /** Sends one message of the bridge at once. */
    abstract void send(byte[] message);
}
