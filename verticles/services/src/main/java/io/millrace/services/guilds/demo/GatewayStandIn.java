package io.millrace.services.guilds.demo;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Speaks the part of Discord's gateway, version 10, that a bot with one shard needs, and the HTTP interface that names it:
 * heartbeats, identify, resume with what was missed. Belongs to one event loop.
 */
public final class GatewayStandIn {
    static final String TOKEN = "the-bot-of-the-demo";
    private static final int HEARTBEAT_MS = 10_000;
    /** How many dispatches a session keeps for a client that resumes. */
    private static final int KEPT = 1_000;

    private final Vertx vertx;
    private final int port;
    private final Supplier<Iterable<JsonObject>> guilds;
    private final Map<String, Session> sessions = new HashMap<>();

    /** A bot's session: what was dispatched in it, and the connection it has. */
    private static final class Session {
        final String id;
        final Deque<JsonObject> dispatched = new ArrayDeque<>();
        long sequence;

        @Nullable
        Connection connection;

        Session(String id) {
            this.id = id;
        }
    }

    /**
     * @param port on the loopback interface
     * @param guilds the contents of the GUILD_CREATE with which each session begins
     */
    public GatewayStandIn(Vertx vertx, int port, Supplier<Iterable<JsonObject>> guilds) {
        this.vertx = vertx;
        this.port = port;
        this.guilds = guilds;
    }

    /** Completes when it listens. */
    public Future<HttpServer> start() {
        return vertx.createHttpServer()
                .requestHandler(this::request)
                .webSocketHandler(socket -> new Connection(socket).begin())
                .listen(port, "127.0.0.1");
    }

    private String url() {
        return "ws://127.0.0.1:" + port + "/gateway";
    }

    private void request(HttpServerRequest request) {
        boolean known = "/api/v10/gateway/bot".equals(request.path());
        boolean may = ("Bot " + TOKEN).equals(request.getHeader("authorization"));
        JsonObject limit = new JsonObject()
                .put("total", 1_000)
                .put("remaining", 1_000)
                .put("reset_after", 86_400_000)
                .put("max_concurrency", 1);
        JsonObject answer = known && may
                ? new JsonObject().put("url", url()).put("shards", 1).put("session_start_limit", limit)
                : new JsonObject().put("message", known ? "401: Unauthorized" : "404: Not Found");
        var unused = request.response()
                .setStatusCode(!known ? 404 : may ? 200 : 401)
                .putHeader("content-type", "application/json")
                .end(answer.encode());
    }

    /** Whether a bot has a session. */
    public boolean hasSession() {
        return !sessions.isEmpty();
    }

    /** Sends a dispatch in every session; kept for those without a connection. */
    public void dispatch(String type, JsonObject content) {
        sessions.values().forEach(session -> dispatch(session, type, content));
    }

    private static void dispatch(Session session, String type, JsonObject content) {
        JsonObject frame = frame(0, content).put("t", type).put("s", ++session.sequence);
        session.dispatched.add(frame);
        if (session.dispatched.size() > KEPT) {
            session.dispatched.remove();
        }
        if (session.connection != null) {
            session.connection.send(frame);
        }
    }

    private static JsonObject frame(int op, @Nullable Object content) {
        return new JsonObject().put("op", op).put("d", content).putNull("t").putNull("s");
    }

    /** One bot's connection. */
    private final class Connection {
        private final ServerWebSocket socket;
        private long deadline = -1;
        private @Nullable Session session;

        Connection(ServerWebSocket socket) {
            this.socket = socket;
        }

        void begin() {
            socket.textMessageHandler(this::received).closeHandler(closed -> closed());
            send(frame(10, new JsonObject().put("heartbeat_interval", HEARTBEAT_MS)));
            awaitHeartbeat();
        }

        private void closed() {
            vertx.cancelTimer(deadline);
            Short code = socket.closeStatusCode();
            if (session != null && session.connection == this) {
                session.connection = null;
                if (code != null && (code == 1000 || code == 1001)) {
                    sessions.remove(session.id);
                }
            }
        }

        private void awaitHeartbeat() {
            vertx.cancelTimer(deadline);
            deadline = vertx.setTimer(HEARTBEAT_MS * 3L / 2, late -> close(4000, "no heartbeat came in time"));
        }

        private void received(String text) {
            JsonObject payload;
            try {
                payload = new JsonObject(text);
            } catch (DecodeException notJson) {
                close(4002, "not JSON");
                return;
            }
            switch (payload.getInteger("op", -1)) {
                case 1 -> {
                    awaitHeartbeat();
                    send(frame(11, null));
                }
                case 2 -> identify(payload.getJsonObject("d"));
                case 6 -> resume(payload.getJsonObject("d"));
                default -> close(session == null ? 4003 : 4001, "not expected: op " + payload.getInteger("op"));
            }
        }

        private void identify(JsonObject identify) {
            if (session != null) {
                close(4005, "Already authenticated.");
            } else if (!TOKEN.equals(identify.getString("token"))) {
                close(4004, "Authentication failed.");
            } else {
                Session begun = new Session(UUID.randomUUID().toString());
                begun.connection = this;
                session = begun;
                sessions.clear();
                sessions.put(begun.id, begun);
                GatewayStandIn.dispatch(begun, "READY", ready(begun));
                guilds.get().forEach(guild -> GatewayStandIn.dispatch(begun, "GUILD_CREATE", guild));
            }
        }

        private JsonObject ready(Session begun) {
            return new JsonObject()
                    .put("v", 10)
                    .put("session_id", begun.id)
                    .put("resume_gateway_url", url())
                    .put(
                            "user",
                            new JsonObject()
                                    .put("id", "1")
                                    .put("username", "mill")
                                    .put("bot", true))
                    .put("guilds", new JsonArray());
        }

        private void resume(JsonObject resume) {
            Session known = sessions.get(resume.getString("session_id"));
            long after = resume.getLong("seq", -1L);
            if (!TOKEN.equals(resume.getString("token"))) {
                close(4004, "Authentication failed.");
            } else if (known == null || after < known.sequence - known.dispatched.size() || after > known.sequence) {
                send(frame(9, false));
            } else {
                session = known;
                known.connection = this;
                known.dispatched.stream()
                        .filter(frame -> frame.getLong("s") > after)
                        .forEach(this::send);
                GatewayStandIn.dispatch(known, "RESUMED", new JsonObject());
            }
        }

        void send(JsonObject frame) {
            if (!socket.isClosed()) {
                var unused = socket.writeTextMessage(frame.encode());
            }
        }

        private void close(int code, String reason) {
            var unused = socket.close((short) code, reason);
        }
    }
}
