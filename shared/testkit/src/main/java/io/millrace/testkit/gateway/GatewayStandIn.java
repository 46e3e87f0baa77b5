package io.millrace.testkit.gateway;

import io.millrace.testkit.process.Ports;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Speaks Discord's gateway, version 10, on a port of the loopback interface, with the HTTP interface that names it. It
 * keeps all that it has dispatched in a session, and is as strict as the gateway. Safe from any thread.
 */
public final class GatewayStandIn implements AutoCloseable {
    private static final String API = "/api/v10/gateway/bot";
    private static final String GATEWAY = "/gateway";

    public final GatewayFaults faults = new GatewayFaults();
    /** What clients have sent: the contents of each op. */
    public final List<JsonObject> identifies = new CopyOnWriteArrayList<>();

    public final List<JsonObject> resumes = new CopyOnWriteArrayList<>();
    /** The sequences of heartbeats; 0 for null. */
    public final List<Long> heartbeats = new CopyOnWriteArrayList<>();
    /** The codes with which connections ended; 1006 for none. */
    public final List<Integer> closes = new CopyOnWriteArrayList<>();
    /** What clients did that the gateway forbids. */
    public final List<String> violations = new CopyOnWriteArrayList<>();
    /** The URIs at which clients connected. */
    public final List<String> connects = new CopyOnWriteArrayList<>();
    /** How often the HTTP interface was asked, by the values of Authorization. */
    public final List<String> asked = new CopyOnWriteArrayList<>();

    /** What was dispatched in sessions that a client could resume: session and sequence. */
    public final List<String> dispatched = new CopyOnWriteArrayList<>();

    final Map<String, StandInSession> sessions = new HashMap<>();
    private final Map<Integer, Long> identified = new HashMap<>();
    private final Set<StandInConnection> connections = new HashSet<>();
    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final int port = new Ports().free();
    private int sessionNumber;

    public GatewayStandIn() throws Exception {
        await(onLoop(() -> vertx.createHttpServer()
                .requestHandler(this::request)
                .webSocketHandler(this::connected)
                .listen(port, "127.0.0.1")));
    }

    /** The base of the HTTP interface. */
    public String api() {
        return "http://127.0.0.1:" + port + "/api/v10";
    }

    public String url() {
        return "ws://127.0.0.1:" + port + GATEWAY;
    }

    private void request(HttpServerRequest request) {
        HttpServerResponse response = request.response().putHeader("Content-Type", "application/json");
        if (!API.equals(request.path())) {
            response.setStatusCode(404).end("{}");
            return;
        }
        String authorization = String.valueOf(request.getHeader("Authorization"));
        asked.add(authorization);
        if (faults.apiStatus != 200 || !authorization.equals("Bot " + faults.token)) {
            response.setStatusCode(faults.apiStatus != 200 ? faults.apiStatus : 401)
                    .putHeader("Retry-After", "1")
                    .end("{\"message\":\"refused\"}");
            return;
        }
        response.end(new JsonObject()
                .put("url", url())
                .put("shards", 1)
                .put(
                        "session_start_limit",
                        new JsonObject()
                                .put("total", 1_000)
                                .put("remaining", faults.remaining)
                                .put("reset_after", faults.resetAfterMs)
                                .put("max_concurrency", faults.concurrency))
                .encode());
    }

    private void connected(ServerWebSocket socket) {
        connects.add(socket.uri());
        String query = String.valueOf(socket.query());
        StandInConnection connection =
                new StandInConnection(this, vertx, socket, query.contains("compress=zlib-stream"));
        connections.add(connection);
        if (!query.contains("v=10") || !query.contains("encoding=json")) {
            violations.add("connected at " + socket.uri());
            connection.close(4012, "Invalid API version.");
            return;
        }
        connection.begin();
    }

    /** Whether a shard may identify now. */
    boolean mayIdentify(int shard) {
        int bucket = shard % faults.concurrency;
        long now = System.currentTimeMillis();
        Long before = identified.put(bucket, now);
        faults.remaining--;
        return before == null || now - before >= faults.identifyMs;
    }

    /** Begins a session in place of the shard's last one. */
    StandInSession begin(StandInConnection connection, int shard, int shards) {
        StandInSession session = new StandInSession("session-" + ++sessionNumber + "-" + port, shard, shards);
        sessions.values().removeIf(other -> other.shard == shard);
        sessions.put(session.id, session);
        session.connection = connection;
        JsonObject ready = DiscordFrames.of("ready").get(0).getJsonObject("d");
        String resume = faults.resumeUrl;
        session.dispatch(
                "READY",
                ready.copy()
                        .put("session_id", session.id)
                        .put("resume_gateway_url", resume == null ? url() : resume)
                        .put("shard", new JsonArray().add(shard).add(shards)));
        return session;
    }

    /**
     * A client is gone.
     *
     * @param ends whether it has ended its session, by closing with 1000 or 1001
     */
    void closed(StandInConnection connection, @Nullable StandInSession session, int code, boolean ends) {
        connections.remove(connection);
        closes.add(code);
        if (session != null && session.connection == connection) {
            session.connection = null;
            if (ends) {
                sessions.remove(session.id);
            }
        }
    }

    /** Dispatches something of a guild to its shard; nothing happens if that has no session. */
    public void dispatch(String type, JsonObject content) throws Exception {
        onLoop(() -> {
            long guild = Long.parseLong(content.getString("guild_id", "0"));
            for (StandInSession session : List.copyOf(sessions.values())) {
                if ((guild >> 22) % session.shards == session.shard) {
                    dispatched.add(session.dispatch(type, content));
                }
            }
            return null;
        });
    }

    /** Dispatches a message of a guild. */
    public void message(String guild, int number) throws Exception {
        dispatch(
                "MESSAGE_CREATE",
                new JsonObject()
                        .put("guild_id", guild)
                        .put("channel_id", "1")
                        .put("id", String.valueOf(number))
                        .put("content", "message " + number)
                        .put("timestamp", Instant.now().toString())
                        .put("author", new JsonObject().put("id", "2")));
    }

    /** Sends every client an op. */
    public void send(int op, @Nullable Object content) throws Exception {
        each(connection -> connection.send(
                new JsonObject().put("t", null).put("s", null).put("op", op).put("d", content)));
    }

    /** Sends every client a message as it stands. */
    public void sendText(String text) throws Exception {
        each(connection -> connection.send(text.getBytes(StandardCharsets.UTF_8)));
    }

    /** Op 9 to every client. */
    public void invalidate(boolean resumable) throws Exception {
        each(connection -> connection.invalidate(resumable));
    }

    /** Closes every connection. */
    public void close(int code) throws Exception {
        each(connection -> connection.close(code, "as the test wants"));
    }

    /** From now on the connections that there are hear and say nothing. */
    public void freeze() throws Exception {
        each(StandInConnection::freeze);
    }

    /** Forgets every session, so that none can be resumed. */
    public void forgetSessions() throws Exception {
        onLoop(() -> {
            sessions.clear();
            return null;
        });
    }

    /** How many connections are open. */
    public int connections() throws Exception {
        return onLoop(connections::size);
    }

    private void each(Consumer<StandInConnection> action) throws Exception {
        onLoop(() -> {
            new ArrayList<>(connections).forEach(action);
            return null;
        });
    }

    private <T extends @Nullable Object> T onLoop(Callable<T> action) throws Exception {
        Promise<T> done = Promise.promise();
        loop.runOnContext(there -> {
            try {
                done.complete(action.call());
            } catch (Exception failed) {
                done.fail(failed);
            }
        });
        return await(done.future());
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws Exception {
        await(vertx.close());
    }
}
