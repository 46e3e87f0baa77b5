package io.millrace.testkit.gateway;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.http.WebSocketFrame;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/** One client's connection to a stand-in, which is as strict as the gateway. Belongs to the stand-in's event loop. */
final class StandInConnection {
    private static final int MAX_PAYLOAD = 4_096;
    private static final int SENDS = 120;
    private static final long SENDS_MS = 60_000;

    private final GatewayStandIn gateway;
    private final GatewayFaults faults;
    private final Vertx vertx;
    private final ServerWebSocket socket;
    private final @Nullable Deflater deflater;
    private final ArrayDeque<Long> received = new ArrayDeque<>();
    private @Nullable StandInSession session;
    private long deadline = -1;
    private boolean closing;
    boolean frozen;

    StandInConnection(GatewayStandIn gateway, Vertx vertx, ServerWebSocket socket, boolean zlib) {
        this.gateway = gateway;
        this.faults = gateway.faults;
        this.vertx = vertx;
        this.socket = socket;
        this.deflater = zlib ? new Deflater() : null;
    }

    void begin() {
        socket.textMessageHandler(this::received);
        socket.closeHandler(closed -> closed());
        if (faults.hello) {
            send(new JsonObject()
                    .put("t", null)
                    .put("s", null)
                    .put("op", 10)
                    .put("d", new JsonObject().put("heartbeat_interval", faults.heartbeatMs)));
            awaitHeartbeat();
        }
    }

    private void closed() {
        vertx.cancelTimer(deadline);
        Short code = socket.closeStatusCode();
        boolean ends = !closing && code != null && (code == 1000 || code == 1001);
        gateway.closed(this, session, code == null ? 1006 : code, ends);
    }

    private void awaitHeartbeat() {
        vertx.cancelTimer(deadline);
        if (faults.wantsHeartbeats && faults.heartbeatMs instanceof Integer every) {
            deadline = vertx.setTimer(every * 3L / 2 + 500, late -> {
                if (!frozen) {
                    violation("no heartbeat came in time", 4000);
                }
            });
        }
    }

    private void received(String text) {
        if (frozen) {
            return;
        }
        long now = System.currentTimeMillis();
        received.add(now);
        while (now - received.getFirst() > SENDS_MS) {
            received.removeFirst();
        }
        if (received.size() > SENDS) {
            violation("more than 120 payloads in 60 s", 4008);
        } else if (text.getBytes(StandardCharsets.UTF_8).length > MAX_PAYLOAD) {
            violation("a payload of more than 4,096 bytes", 4002);
        } else {
            try {
                payload(new JsonObject(text));
            } catch (DecodeException | ClassCastException notJson) {
                violation("not JSON: " + text, 4002);
            }
        }
    }

    private void payload(JsonObject payload) {
        switch (payload.getInteger("op", -1)) {
            case 1 -> heartbeat(payload.getValue("d"));
            case 2 -> identify(payload.getJsonObject("d"));
            case 6 -> resume(payload.getJsonObject("d"));
            case 3, 4, 8 -> {
                if (session == null) {
                    violation("op " + payload.getInteger("op") + " before identify", 4003);
                }
            }
            default -> violation("unknown op in " + payload, 4001);
        }
    }

    private void heartbeat(@Nullable Object sequence) {
        gateway.heartbeats.add(sequence == null ? 0L : ((Number) sequence).longValue());
        if (session != null && sequence instanceof Number last && last.longValue() > session.sequence()) {
            gateway.violations.add("a heartbeat with the sequence " + last + " of " + session.sequence());
        }
        awaitHeartbeat();
        if (faults.acknowledges) {
            send(new JsonObject().put("t", null).put("s", null).put("op", 11).put("d", null));
        }
    }

    private void identify(JsonObject identify) {
        gateway.identifies.add(identify);
        JsonArray shard = identify.getJsonArray("shard", new JsonArray().add(0).add(1));
        Integer code = faults.closeAtIdentify;
        Boolean invalid = faults.invalidAtIdentify;
        if (session != null) {
            violation("identified twice", 4005);
        } else if (!faults.token.equals(identify.getString("token"))) {
            close(4004, "Authentication failed.");
        } else if (!(identify.getValue("intents") instanceof Number) || identify.getJsonObject("properties") == null) {
            violation("identified without intents or properties", 4002);
        } else if (shard.size() != 2 || shard.getInteger(0) >= shard.getInteger(1)) {
            close(4010, "Invalid shard.");
        } else if (code != null) {
            close(code, "as the test wants");
        } else if (invalid != null) {
            invalidate(invalid);
        } else if (!gateway.mayIdentify(shard.getInteger(0))) {
            gateway.violations.add("identified more often than it may");
            invalidate(false);
        } else {
            session = gateway.begin(this, shard.getInteger(0), shard.getInteger(1));
        }
    }

    private void resume(JsonObject resume) {
        gateway.resumes.add(resume);
        StandInSession known = gateway.sessions.get(resume.getString("session_id"));
        Integer code = faults.closeAtResume;
        Boolean invalid = faults.invalidAtResume;
        long sequence = resume.getLong("seq", -1L);
        if (code != null) {
            close(code, "as the test wants");
        } else if (invalid != null) {
            invalidate(invalid);
        } else if (!faults.token.equals(resume.getString("token"))) {
            close(4004, "Authentication failed.");
        } else if (known == null) {
            invalidate(false);
        } else if (sequence < 0 || sequence > known.sequence()) {
            gateway.sessions.remove(known.id);
            close(4007, "Invalid seq.");
        } else {
            replay(known, sequence);
        }
    }

    private void replay(StandInSession known, long sequence) {
        StandInConnection before = known.connection;
        if (before != null) {
            before.session = null;
            before.close(4000, "resumed elsewhere");
        }
        session = known;
        known.connection = this;
        known.after(sequence - faults.replayedTwice).forEach(this::send);
        known.dispatch("RESUMED", new JsonObject().put("_trace", new JsonArray()));
    }

    private void violation(String what, int code) {
        gateway.violations.add(what);
        close(code, what);
    }

    void close(int code, String reason) {
        closing = true;
        socket.close((short) code, reason);
    }

    /** Op 9. */
    void invalidate(boolean resumable) {
        if (!resumable && session != null) {
            gateway.sessions.remove(session.id);
        }
        if (session != null) {
            session.connection = null;
            session = null;
        }
        send(new JsonObject().put("t", null).put("s", null).put("op", 9).put("d", resumable));
    }

    /** As a lost route: nothing comes, and nothing is read. */
    void freeze() {
        frozen = true;
        socket.pause();
        if (session != null) {
            session.connection = null;
        }
    }

    void send(JsonObject frame) {
        send(frame.encode().getBytes(StandardCharsets.UTF_8));
    }

    void send(byte[] message) {
        if (frozen || socket.isClosed()) {
            return;
        }
        byte[] bytes = deflater == null ? message : deflate(deflater, message);
        int most = faults.frameBytes;
        for (int from = 0; from < bytes.length; ) {
            int to = most < bytes.length - from ? end(bytes, from, most) : bytes.length;
            socket.writeFrame(part(Buffer.buffer().appendBytes(bytes, from, to - from), from == 0, to == bytes.length));
            from = to;
        }
    }

    /** A first frame of text has to be whole characters, since it is made of a text. */
    private static int end(byte[] bytes, int from, int most) {
        int to = from + most;
        while (from == 0 && to > 1 && (bytes[to] & 0xC0) == 0x80) {
            to--;
        }
        return to;
    }

    private WebSocketFrame part(Buffer part, boolean first, boolean last) {
        if (!first) {
            return WebSocketFrame.continuationFrame(part, last);
        }
        return deflater == null
                ? WebSocketFrame.textFrame(part.toString(), last)
                : WebSocketFrame.binaryFrame(part, last);
    }

    private static byte[] deflate(Deflater deflater, byte[] message) {
        ByteArrayOutputStream deflated = new ByteArrayOutputStream();
        byte[] chunk = new byte[8 << 10];
        deflater.setInput(message);
        int length;
        do {
            length = deflater.deflate(chunk, 0, chunk.length, Deflater.SYNC_FLUSH);
            deflated.write(chunk, 0, length);
        } while (length == chunk.length);
        return deflated.toByteArray();
    }
}
