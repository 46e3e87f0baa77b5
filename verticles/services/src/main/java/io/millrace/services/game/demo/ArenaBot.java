package io.millrace.services.game.demo;

import io.millrace.services.game.arena.ArenaRules;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.http.WebSocketConnectOptions;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A player that a program plays, over the WebSocket like any other. It goes for the nearest opponent and shoots. One that
 * cheats now and then takes a leap instead. Belongs to one event loop.
 */
final class ArenaBot {
    private static final ArenaRules RULES = ArenaRules.STANDARD;
    private static final long TICK_MS = 300;
    private static final long AGAIN_MS = 1_500;
    private static final double PACE = 0.8 * RULES.speed() * TICK_MS / 1_000;
    private static final double CLOSE = 0.8 * RULES.range();
    private static final double CHEATING = 0.05;

    private final Vertx vertx;
    private final WebSocketClient client;
    private final WebSocketConnectOptions address;
    private final String room;
    private final String name;
    private final boolean cheats;
    private final Consumer<String> says;
    private final Random random;
    /** What is known of each player: {@code x}, {@code y}, {@code team}. */
    private final Map<String, JsonObject> players = new HashMap<>();

    private int leap = -1;
    private int number;
    private double heading;

    /**
     * @param http where Millrace is
     * @param says gets what is worth telling
     */
    ArenaBot(
            Vertx vertx,
            WebSocketClient client,
            String http,
            String token,
            String room,
            String name,
            boolean cheats,
            Consumer<String> says) {
        this.vertx = vertx;
        this.client = client;
        this.address = new WebSocketConnectOptions()
                .setAbsoluteURI(http.replaceFirst("^http", "ws") + "/api/ws")
                .putHeader("Authorization", "Bearer " + token);
        this.room = room;
        this.name = name;
        this.cheats = cheats;
        this.says = says;
        this.random = new Random(name.hashCode());
    }

    /** Plays until the program ends; comes back when the connection is lost. */
    Future<Void> play() {
        return client.connect(address).map(socket -> {
            socket.textMessageHandler(text -> text.lines().forEach(line -> hear(new JsonObject(line))));
            long timer = vertx.setPeriodic(TICK_MS, fired -> act(socket));
            socket.closeHandler(closed -> {
                vertx.cancelTimer(timer);
                players.clear();
                again();
            });
            return null;
        });
    }

    private void again() {
        vertx.setTimer(AGAIN_MS, fired -> play().onFailure(error -> again()));
    }

    private void hear(JsonObject message) {
        if ("error".equals(message.getString("type")) && Integer.valueOf(leap).equals(message.getValue("id"))) {
            says.accept(name + " cheats, and is told: " + message.getString("message"));
        }
        if (message.getValue("data") instanceof JsonObject event) {
            see(event.getString("type"), event.getJsonObject("data"));
        }
    }

    private void see(String type, JsonObject data) {
        String player = data.getString("playerId");
        switch (type) {
            case "arena:entered", "arena:moved" -> players.put(player, data);
            case "arena:shot" -> {
                String hit = data.getString("hit");
                if (data.getBoolean("killed", false)) {
                    says.accept(player + " beats " + hit);
                    if (players.containsKey(hit)) {
                        players.get(hit).mergeIn(data.getJsonObject("respawn"));
                    }
                }
            }
            case "room:left" -> players.remove(player);
            default -> {}
        }
    }

    private @Nullable JsonObject me() {
        return players.get(name);
    }

    private void act(WebSocket socket) {
        JsonObject me = me();
        if (me == null) {
            send(socket, "arena:entered", new JsonObject());
            return;
        }
        double x = me.getDouble("x");
        double y = me.getDouble("y");
        JsonObject target = nearestOpponent(me);
        double dx = target == null ? random.nextDouble() - 0.5 : target.getDouble("x") - x;
        double dy = target == null ? random.nextDouble() - 0.5 : target.getDouble("y") - y;
        double distance = Math.max(1, Math.hypot(dx, dy));
        if (cheats && target != null && random.nextDouble() < CHEATING) {
            leap = number + 1;
            send(socket, "arena:moved", target.getDouble("x"), target.getDouble("y"));
        } else if (target != null && distance < CLOSE && random.nextDouble() < 0.4) {
            send(socket, "arena:shot", target.getDouble("x") + aside(), target.getDouble("y") + aside());
        } else {
            // Not straight at them, and around them when they are near.
            heading += (random.nextDouble() - 0.5) * 0.8;
            double angle = Math.atan2(dy, dx) + Math.sin(heading) + (distance < CLOSE / 2 ? Math.PI / 2 : 0);
            send(socket, "arena:moved", x + PACE * Math.cos(angle), y + PACE * Math.sin(angle));
        }
    }

    private double aside() {
        return random.nextGaussian() * RULES.size();
    }

    private @Nullable JsonObject nearestOpponent(JsonObject me) {
        JsonObject nearest = null;
        double least = Double.MAX_VALUE;
        for (JsonObject player : players.values()) {
            double distance =
                    Math.hypot(player.getDouble("x") - me.getDouble("x"), player.getDouble("y") - me.getDouble("y"));
            if (!player.getString("team").equals(me.getString("team")) && distance < least) {
                nearest = player;
                least = distance;
            }
        }
        return nearest;
    }

    private void send(WebSocket socket, String type, double x, double y) {
        send(
                socket,
                type,
                new JsonObject()
                        .put("x", Math.round(Math.min(Math.max(x, 0), RULES.width())))
                        .put("y", Math.round(Math.min(Math.max(y, 0), RULES.height()))));
    }

    private void send(WebSocket socket, String type, JsonObject data) {
        JsonObject event = new JsonObject()
                .put("type", type)
                .put("data", data.put("roomId", room).put("playerId", name));
        JsonObject message =
                new JsonObject().put("type", "publish").put("id", ++number).put("event", event);
        var unused = socket.writeTextMessage(message.encode());
    }
}
