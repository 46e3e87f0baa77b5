package io.millrace.services.music.demo;

import static io.millrace.services.music.demo.JsonServer.answer;
import static io.millrace.services.music.demo.JsonServer.joined;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Speaks Lavalink's protocol, version 4, as its documentation has it: the WebSocket with {@code ready}, {@code playerUpdate},
 * {@code stats} and {@code event}, sessions that are resumed, players and {@code loadtracks}. Plays nothing: the test says when a
 * track ends.
 */
public final class LavalinkStandIn implements AutoCloseable {
    public static final String PASSWORD = "youshallnotpass";

    private final Vertx vertx = Vertx.vertx();
    private final HttpServer server;
    /** What can be found and played. */
    public final LavalinkCatalogue catalogue = new LavalinkCatalogue();

    public final Map<String, JsonObject> players = new ConcurrentHashMap<>();
    /** Which identifiers were looked for. */
    public final List<String> searches = new CopyOnWriteArrayList<>();
    /** What was played, {@code guild identifier}. */
    public final List<String> played = new CopyOnWriteArrayList<>();
    /** The headers of connections. */
    public final List<String> connections = new CopyOnWriteArrayList<>();

    private final List<String> missed = new ArrayList<>();
    private @Nullable ServerWebSocket socket;
    private String session = "";
    private boolean resuming;
    private int sessions;

    /** Starts on a free port. Blocks until it listens. */
    public LavalinkStandIn() {
        server = joined(vertx.createHttpServer()
                .requestHandler(this::request)
                .webSocketHandler(this::connected)
                .listen(0, "127.0.0.1"));
    }

    public String uri() {
        return "http://127.0.0.1:" + server.actualPort();
    }

    private void connected(ServerWebSocket connecting) {
        String authorization = connecting.headers().get("Authorization");
        if (!PASSWORD.equals(authorization) || !connecting.path().equals("/v4/websocket")) {
            var unused = connecting.close((short) 1008);
            return;
        }
        String asked = connecting.headers().get("Session-Id");
        boolean resumed = resuming && asked != null && asked.equals(session);
        connections.add(connecting.headers().get("User-Id") + " "
                + connecting.headers().get("Client-Name") + " " + (asked == null ? "new" : asked));
        if (!resumed) {
            session = "session-" + ++sessions;
            players.clear();
            missed.clear();
            resuming = false;
        }
        socket = connecting;
        connecting.closeHandler(gone -> socket = null);
        send(new JsonObject().put("op", "ready").put("resumed", resumed).put("sessionId", session));
        missed.forEach(connecting::writeTextMessage);
        missed.clear();
        send(new JsonObject()
                .put("op", "stats")
                .put("players", players.size())
                .put("playingPlayers", players.size())
                .put("uptime", 123_456_789)
                .put(
                        "memory",
                        new JsonObject()
                                .put("free", 1)
                                .put("used", 1)
                                .put("allocated", 1)
                                .put("reservable", 1))
                .put(
                        "cpu",
                        new JsonObject().put("cores", 4).put("systemLoad", 0.5).put("lavalinkLoad", 0.5)));
    }

    private void send(JsonObject message) {
        ServerWebSocket now = socket;
        if (now != null) {
            var unused = now.writeTextMessage(message.encode());
        } else if (resuming) {
            missed.add(message.encode());
        }
    }

    private void request(HttpServerRequest request) {
        var unused = request.body().onSuccess(body -> {
            if (!PASSWORD.equals(request.getHeader("Authorization"))) {
                answer(request, 401, null);
                return;
            }
            JsonObject content = body.length() == 0 ? new JsonObject() : body.toJsonObject();
            String path = Objects.requireNonNull(request.path());
            String own = "/v4/sessions/" + session;
            if (path.equals("/v4/loadtracks")) {
                String identifier = Objects.requireNonNullElse(request.getParam("identifier"), "");
                searches.add(identifier);
                answer(request, 200, catalogue.load(identifier));
            } else if (path.equals(own) && request.method().equals(HttpMethod.PATCH)) {
                resuming = content.getBoolean("resuming", false);
                answer(request, 200, new JsonObject().put("resuming", resuming).put("timeout", 60));
            } else if (path.startsWith(own + "/players/")) {
                player(request, path.substring(own.length() + "/players/".length()), content);
            } else {
                answer(request, 404, error("Session not found", path));
            }
        });
    }

    private void player(HttpServerRequest request, String guild, JsonObject change) {
        JsonObject player = players.get(guild);
        if (request.method().equals(HttpMethod.DELETE)) {
            players.remove(guild);
            answer(request, 204, null);
        } else if (request.method().equals(HttpMethod.GET)) {
            answer(request, player == null ? 404 : 200, player == null ? error("Player not found", guild) : player);
        } else {
            JsonObject changed = player == null
                    ? new JsonObject()
                            .put("guildId", guild)
                            .putNull("track")
                            .put("volume", 100)
                            .put("paused", false)
                    : player;
            for (String name : List.of("voice", "paused", "volume")) {
                if (change.containsKey(name)) {
                    changed.put(name, change.getValue(name));
                }
            }
            players.put(guild, changed);
            if (change.containsKey("track")) {
                play(guild, changed, change.getJsonObject("track"), "true".equals(request.getParam("noReplace")));
            }
            answer(request, 200, changed);
        }
    }

    private void play(String guild, JsonObject player, JsonObject asked, boolean noReplace) {
        JsonObject before = player.getJsonObject("track");
        if (before != null && noReplace) {
            return;
        }
        if (before != null) {
            end(guild, before, "replaced");
        }
        JsonObject track = catalogue
                .byCode(asked.getString("encoded"))
                .copy()
                .put("userData", asked.getJsonObject("userData", new JsonObject()));
        player.put("track", track);
        played.add(guild + " " + track.getJsonObject("info").getString("identifier"));
        event(guild, "TrackStartEvent", new JsonObject().put("track", track));
        send(new JsonObject()
                .put("op", "playerUpdate")
                .put("guildId", guild)
                .put(
                        "state",
                        new JsonObject()
                                .put("time", 1)
                                .put("position", 0)
                                .put("connected", true)
                                .put("ping", 5)));
    }

    private void event(String guild, String type, JsonObject more) {
        send(new JsonObject()
                .put("op", "event")
                .put("type", type)
                .put("guildId", guild)
                .mergeIn(more));
    }

    private void end(String guild, JsonObject track, String reason) {
        event(guild, "TrackEndEvent", new JsonObject().put("track", track).put("reason", reason));
    }

    private JsonObject stopped(String guild) {
        JsonObject player = Objects.requireNonNull(players.get(guild));
        JsonObject track = player.getJsonObject("track");
        player.putNull("track");
        return track;
    }

    /** The track comes to its end. */
    public void finish(String guild) {
        vertx.runOnContext(now -> end(guild, stopped(guild), "finished"));
    }

    /** The track can't be played. */
    public void fail(String guild, String message, String severity) {
        vertx.runOnContext(now -> {
            JsonObject track = stopped(guild);
            JsonObject exception = new JsonObject()
                    .put("message", message)
                    .put("severity", severity)
                    .put("cause", "java.lang.RuntimeException: " + message);
            event(
                    guild,
                    "TrackExceptionEvent",
                    new JsonObject().put("track", track).put("exception", exception));
            end(guild, track, "loadFailed");
        });
    }

    /** The track doesn't go on; the player keeps it. */
    public void stick(String guild) {
        vertx.runOnContext(now -> event(
                guild,
                "TrackStuckEvent",
                new JsonObject()
                        .put("track", Objects.requireNonNull(players.get(guild)).getJsonObject("track"))
                        .put("thresholdMs", 10_000)));
    }

    /** Gives the player's track up, of which nobody fetches anything. */
    public void cleanUp(String guild) {
        vertx.runOnContext(now -> end(guild, stopped(guild), "cleanup"));
    }

    /** Forgets the session, though the connection stays. */
    public void forget() {
        vertx.runOnContext(now -> {
            session = "";
            resuming = false;
            players.clear();
        });
    }

    /** Loses the connection, as a network does. */
    public void cut() {
        ServerWebSocket now = socket;
        if (now != null) {
            socket = null;
            var unused = now.close();
        }
    }

    /** Forgets the session and every player, as a node that starts anew. */
    public void restart() {
        session = "";
        resuming = false;
        players.clear();
        cut();
    }

    public boolean isConnected() {
        return socket != null;
    }

    /** The identifier of what a guild's player plays; null if nothing. */
    public @Nullable String playing(String guild) {
        JsonObject player = players.get(guild);
        JsonObject track = player == null ? null : player.getJsonObject("track");
        return track == null ? null : track.getJsonObject("info").getString("identifier");
    }

    private static JsonObject error(String message, String path) {
        return new JsonObject()
                .put("timestamp", 1_667_857_581_613L)
                .put("status", 404)
                .put("error", "Not Found")
                .put("message", message)
                .put("path", path);
    }

    @Override
    public void close() {
        joined(vertx.close());
    }
}
