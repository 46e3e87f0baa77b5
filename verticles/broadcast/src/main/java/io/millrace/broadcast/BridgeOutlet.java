package io.millrace.broadcast;

import io.millrace.broadcast.hub.CloseCode;
import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.hub.Outlet;
import io.millrace.broadcast.hub.Parcel;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.handler.sockjs.SockJSSocket;
import org.jspecify.annotations.Nullable;

/** A SockJS session's way out, in the words of the event-bus bridge. Owned by its event loop. */
final class BridgeOutlet implements Outlet {
    private final SockJSSocket socket;
    private @Nullable Connection connection;
    private boolean full;

    BridgeOutlet(SockJSSocket socket, int buffer) {
        this.socket = socket;
        socket.setWriteQueueMaxSize(buffer);
    }

    void serve(Connection served) {
        connection = served;
        socket.drainHandler(drained -> {
            full = false;
            served.drained();
        });
    }

    @Override
    public String transport() {
        return "sockjs";
    }

    /** What is about a stream arrives at its address. What is about the connection alone, the bridge has no words for but an error. */
    @Override
    public void write(Parcel parcel) {
        if (parcel.stream() != null) {
            parcel.bridged().forEach(this::write);
        } else {
            parcel.lines().forEach(line -> about(new JsonObject(Buffer.buffer(line))));
        }
        if (!full && socket.writeQueueFull() && connection != null) {
            full = true;
            connection.full();
        }
    }

    private void about(JsonObject message) {
        if (message.getString("type").equals("error")) {
            refuse("", null, 400, message.getString("code") + " " + message.getString("message"));
        }
    }

    /** The bridge's own kind of error. */
    void refuse(String address, @Nullable String reply, int status, String why) {
        write(new JsonObject()
                .put("type", "err")
                .put("address", reply == null ? address : reply)
                .put("failureCode", status)
                .put("failureType", "RECIPIENT_FAILURE")
                .put("message", why)
                .encode());
    }

    void reply(String address, JsonObject body) {
        write(new JsonObject()
                .put("type", "rec")
                .put("address", address)
                .put("body", body)
                .encode());
    }

    /** As text: to a raw WebSocket a buffer would go as a binary message. */
    private void write(String message) {
        socket.write(message).onFailure(gone -> cut());
    }

    @Override
    public void flush() {}

    @Override
    public boolean writable() {
        return !socket.writeQueueFull();
    }

    /** SockJS has heartbeats of its own. */
    @Override
    public boolean ping() {
        return false;
    }

    @Override
    public void close(CloseCode code, String why) {
        socket.close(code.code(), why);
    }

    @Override
    public void cut() {
        socket.close();
    }
}
