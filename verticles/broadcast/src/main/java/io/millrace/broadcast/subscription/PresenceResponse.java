package io.millrace.broadcast.subscription;

import io.millrace.contracts.connection.NodeInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code presence}: who is there, over the whole cluster. */
public final class PresenceResponse {
    private static final int MAX_USERS = 1_000;

    private PresenceResponse() {}

    public static JsonObject of(String stream, String place, List<NodeInfo> peers, @Nullable Object id) {
        Map<String, NodeInfo.Person> users = new TreeMap<>();
        for (NodeInfo peer : peers) {
            for (NodeInfo.Person person : peer.people()) {
                if (person.place().equals(place)) {
                    users.merge(person.user(), person, PresenceResponse::together);
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
        return SubscriptionService.reply("presence", id)
                .put("stream", stream)
                .put("count", users.size())
                .put("users", told);
    }

    private static NodeInfo.Person together(NodeInfo.Person one, NodeInfo.Person other) {
        return new NodeInfo.Person(
                one.place(),
                one.user(),
                one.connections() + other.connections(),
                Math.min(one.sinceMicros(), other.sinceMicros()));
    }
}
