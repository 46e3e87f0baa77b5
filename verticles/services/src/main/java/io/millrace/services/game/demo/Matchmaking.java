package io.millrace.services.game.demo;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.Consumer;

/**
 * A server that knows nothing of Millrace: it publishes on Redis what it decides about a room, and listens on Redis to the
 * shots there. Belongs to one event loop.
 */
final class Matchmaking {
    private static final List<String> NEWS = List.of(
            "The next map opens in ten minutes.",
            "Tournament tonight: the best four of this room are in.",
            "A new player is looking for a team.",
            "Servers in the north are restarted at noon.");
    private static final long ANNOUNCE_MS = 9_000;
    private static final long INVITE_MS = 31_000;
    /** Every so many shots it is told how many there were. */
    private static final int TOLD = 50;

    private final Vertx vertx;
    private final String room;
    private final Redis redis;
    private final Consumer<String> says;
    private int announced;
    private int shots;
    private int hits;

    Matchmaking(Vertx vertx, String uri, String room, Consumer<String> says) {
        this.vertx = vertx;
        this.room = room;
        this.redis = Redis.createClient(vertx, uri);
        this.says = says;
    }

    Future<Void> start(String guest) {
        // A connection that is subscribed is used for nothing else.
        return redis.connect()
                .compose(connection -> {
                    connection.handler(this::hear);
                    return connection.send(Request.cmd(Command.PSUBSCRIBE).arg("arena." + room + ".*"));
                })
                .map(subscribed -> {
                    vertx.setPeriodic(
                            ANNOUNCE_MS,
                            fired -> publish(new JsonObject()
                                    .put("event", "announced")
                                    .put("text", NEWS.get(announced++ % NEWS.size()))));
                    vertx.setPeriodic(
                            INVITE_MS,
                            fired -> publish(
                                    new JsonObject().put("event", "invited").put("player", guest)));
                    return null;
                });
    }

    private void publish(JsonObject message) {
        redis.send(Request.cmd(Command.PUBLISH)
                        .arg("match." + room)
                        .arg(message.put("room", room).encode()))
                .onFailure(error -> says.accept("matchmaking couldn't publish: " + error.getMessage()));
    }

    /** {@code pmessage}, the pattern, the channel, what was published. */
    private void hear(Response push) {
        if (push.size() == 4) {
            JsonObject data =
                    new JsonObject(push.get(3).toString()).getJsonObject("data").getJsonObject("data");
            hits += data.getString("hit") == null ? 0 : 1;
            if (++shots % TOLD == 0) {
                says.accept("on Redis, channel " + push.get(2) + ": " + shots + " shots, " + hits + " of them hits");
            }
        }
    }
}
