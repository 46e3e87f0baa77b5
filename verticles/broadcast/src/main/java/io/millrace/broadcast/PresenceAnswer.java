package io.millrace.broadcast;

import io.millrace.contracts.Peer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code presence}: who is there, over the whole cluster. */
final class PresenceAnswer {
    private static final int MAX_USERS = 1_000;

    private PresenceAnswer() {}

    static JsonObject of(String stream, String place, List<Peer> peers, @Nullable Object id) {
        Map<String, Peer.Person> users = new TreeMap<>();
        for (Peer peer : peers) {
            for (Peer.Person person : peer.people()) {
                if (person.place().equals(place)) {
                    users.merge(person.user(), person, PresenceAnswer::together);
                }
            }
        }
        JsonArray told = new JsonArray();
        users.values().stream()
                .limit(MAX_USERS)
                .forEach(person -> told.add(new JsonObject()
                        .put("user", person.user())
                        .put("connections", person.connections())
                        .put(
                                "since",
                                Instant.EPOCH
                                        .plus(person.sinceMicros(), ChronoUnit.MICROS)
                                        .toString())));
        return Subscriber.reply("presence", id)
                .put("stream", stream)
                .put("count", users.size())
                .put("users", told);
    }

    private static Peer.Person together(Peer.Person one, Peer.Person other) {
        return new Peer.Person(
                one.place(),
                one.user(),
                one.connections() + other.connections(),
                Math.min(one.sinceMicros(), other.sinceMicros()));
    }
}
