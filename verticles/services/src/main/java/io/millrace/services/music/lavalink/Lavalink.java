package io.millrace.services.music.lavalink;

import io.millrace.services.bus.RejectedException;
import io.millrace.services.music.http.JsonHttp;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketClientOptions;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Lavalink node, version 4: its WebSocket, which is resumed after a lost connection, and its HTTP interface. Belongs to one
 * event loop.
 */
public final class Lavalink {
    private static final Logger LOG = LoggerFactory.getLogger(Lavalink.class);
    private static final long RECONNECT_MS = 500;
    private static final long TIMEOUT_MS = 10_000;
    /** So long a node keeps the players, and what happens, for a session that has lost its connection. */
    private static final int RESUME_SECONDS = 60;

    private static final int BAD_REQUEST = 400;
    private static final int NOT_FOUND = 404;
    private static final String CLIENT = "millrace-music/1";
    /** Figures come each minute: a connection that is silent for longer is lost. */
    private static final int SILENT_SECONDS = 90;

    private final Vertx vertx;
    private final String base;
    private final String password;
    private final String botUser;
    private final Consumer<JsonObject> events;
    private final JsonHttp http;
    private final WebSocketClient sockets;
    private @Nullable WebSocket socket;
    private @Nullable String session;
    private boolean closed;

    /**
     * @param base {@code http://host:port}
     * @param botUser the bot's user id
     * @param events gets every message with the op ready or event, in order
     */
    public Lavalink(Vertx vertx, String base, String password, String botUser, Consumer<JsonObject> events) {
        this.vertx = vertx;
        this.base = base;
        this.password = password;
        this.botUser = botUser;
        this.events = events;
        this.http = new JsonHttp(vertx, base, Map.of("Authorization", password), TIMEOUT_MS);
        this.sockets = vertx.createWebSocketClient(new WebSocketClientOptions().setReadIdleTimeout(SILENT_SECONDS));
    }

    /**
     * Connects now and, whenever the connection is lost, again.
     *
     * @param resumed the session of an earlier run, which may be there still; null for a new one
     */
    public void connect(@Nullable String resumed) {
        session = resumed;
        connect();
    }

    private void connect() {
        if (closed) {
            return;
        }
        WebSocketConnectOptions options = new WebSocketConnectOptions()
                .setAbsoluteURI(base.replaceFirst("^http", "ws") + "/v4/websocket")
                .addHeader("Authorization", password)
                .addHeader("User-Id", botUser)
                .addHeader("Client-Name", CLIENT);
        if (session != null) {
            options.addHeader("Session-Id", session);
        }
        sockets.connect(options)
                .onSuccess(connected -> {
                    socket = connected;
                    connected.textMessageHandler(text -> receive(new JsonObject(text)));
                    connected.closeHandler(gone -> again());
                })
                .onFailure(error -> {
                    LOG.debug("Lavalink at {} can't be reached", base, error);
                    again();
                });
    }

    private void again() {
        if (!closed) {
            vertx.setTimer(RECONNECT_MS, fired -> connect());
        }
    }

    private void receive(JsonObject message) {
        switch (message.getString("op", "")) {
            case "ready" -> {
                session = message.getString("sessionId");
                LOG.info(
                        "Lavalink at {} is ready, {}",
                        base,
                        message.getBoolean("resumed") ? "resumed" : "a new session");
                JsonObject resuming = new JsonObject().put("resuming", true).put("timeout", RESUME_SECONDS);
                http.call(HttpMethod.PATCH, "/v4/sessions/" + session, resuming)
                        .onFailure(error -> LOG.warn("the Lavalink session {} can't be resumed later", session, error));
                events.accept(message);
            }
            case "event" -> events.accept(message);
            default -> {
                // stats and playerUpdate tell figures.
            }
        }
    }

    private Future<String> session() {
        String now = session;
        return now == null
                ? Future.failedFuture(new IllegalStateException("Lavalink at " + base + " isn't ready"))
                : Future.succeededFuture(now);
    }

    /**
     * What an identifier loads: {@code loadType} track, playlist, search, empty or error, and {@code data}.
     *
     * @param identifier an address, or {@code ytsearch:words}
     */
    public Future<JsonObject> load(String identifier) {
        return http.call(
                        HttpMethod.GET,
                        "/v4/loadtracks?identifier=" + URLEncoder.encode(identifier, StandardCharsets.UTF_8),
                        null)
                .compose(answer -> answer.ok() ? Future.succeededFuture(answer.body()) : refused("loadtracks", answer));
    }

    /**
     * Plays an item, unless the player plays it already: so that it isn't begun once more by a repeat.
     *
     * @param anew begins it once more nevertheless
     * @param voice the guild's connection, for a player that has none: its node may be another than before; null if none
     */
    public Future<Void> play(String guild, String item, JsonObject track, @Nullable JsonObject voice, boolean anew) {
        return player(guild).compose(player -> {
            JsonObject current = player == null ? null : player.getJsonObject("track");
            String playing = current == null
                    ? null
                    : current.getJsonObject("userData", new JsonObject()).getString("item");
            if (item.equals(playing) && !anew) {
                return Future.succeededFuture();
            }
            JsonObject change = new JsonObject()
                    .put(
                            "track",
                            new JsonObject()
                                    .put("encoded", track.getString("encoded"))
                                    .put("userData", new JsonObject().put("item", item)))
                    .put("paused", false);
            boolean connected = player != null && player.getJsonObject("voice") != null;
            if (!connected && voice != null) {
                change.put("voice", known(voice));
            }
            return update(guild, change);
        });
    }

    /** Gives a guild's player its voice connection. */
    public Future<Void> connect(String guild, JsonObject voice) {
        return update(guild, new JsonObject().put("voice", known(voice)));
    }

    /** What Lavalink knows of a connection. */
    private static JsonObject known(JsonObject voice) {
        JsonObject known = voice.copy();
        known.remove("channelId");
        return known;
    }

    /** Null if the guild has none. */
    private Future<@Nullable JsonObject> player(String guild) {
        return session()
                .compose(id -> http.call(HttpMethod.GET, "/v4/sessions/" + id + "/players/" + guild, null))
                .<@Nullable JsonObject>compose(answer -> answer.ok()
                        ? Future.<@Nullable JsonObject>succeededFuture(answer.body())
                        : answer.status() == NOT_FOUND
                                ? Future.<@Nullable JsonObject>succeededFuture(null)
                                : Lavalink.<@Nullable JsonObject>refused("players", answer));
    }

    /** Changes a player, which is made if there is none. */
    public Future<Void> update(String guild, JsonObject change) {
        return session().compose(id -> http.call(
                        HttpMethod.PATCH, "/v4/sessions/" + id + "/players/" + guild + "?noReplace=false", change)
                .compose(answer -> {
                    if (answer.status() == NOT_FOUND && id.equals(session)) {
                        reconnect();
                    }
                    return answer.ok() ? Future.succeededFuture() : refused("players", answer);
                }));
    }

    /** The node has no such session: another is begun, in which what should play is played. */
    private void reconnect() {
        session = null;
        WebSocket now = socket;
        if (now != null) {
            now.close().onFailure(error -> LOG.debug("the connection to Lavalink was closed already", error));
        }
    }

    /** Ends a player, if there is one. */
    public Future<Void> destroy(String guild) {
        return session()
                .compose(id -> http.call(HttpMethod.DELETE, "/v4/sessions/" + id + "/players/" + guild, null))
                .compose(answer -> answer.ok() || answer.status() == NOT_FOUND
                        ? Future.succeededFuture()
                        : refused("players", answer));
    }

    /** A request that is wrong is wrong the next time too; a session that isn't there will be another. */
    private static <T extends @Nullable Object> Future<T> refused(String what, JsonHttp.Answer answer) {
        String why = "Lavalink answers " + answer.status() + " to " + what + ": "
                + answer.body().getString("message");
        return Future.failedFuture(
                answer.status() == BAD_REQUEST ? new RejectedException(why) : new IllegalStateException(why));
    }

    public Future<Void> close() {
        closed = true;
        return Future.join(sockets.close(), http.close()).mapEmpty();
    }
}
