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

/** The message {@code presence}: the users present in a channel, over the whole cluster. */
public final class PresenceResponse {
    private static final int MAX_USERS = 1_000;

    private PresenceResponse() {}

    public static JsonObject of(String stream, String channel, List<NodeInfo> peers, @Nullable Object id) {
        Map<String, NodeInfo.PresentUser> users = new TreeMap<>();
        for (NodeInfo peer : peers) {
            for (NodeInfo.PresentUser user : peer.users()) {
                if (user.channel().equals(channel)) {
                    users.merge(user.user(), user, PresenceResponse::merge);
                }
            }
        }
        JsonArray list = new JsonArray();
        users.values().stream()
                .limit(MAX_USERS)
                .forEach(user -> list.add(new JsonObject()
                        .put("user", user.user())
                        .put("connections", user.connections())
                        .put(
                                "since",
                                Instant.EPOCH
                                        .plus(user.sinceMicros(), ChronoUnit.MICROS)
                                        .toString())));
        return SubscriptionService.reply("presence", id)
                .put("stream", stream)
                .put("count", users.size())
                .put("users", list);
    }

    private static NodeInfo.PresentUser merge(NodeInfo.PresentUser one, NodeInfo.PresentUser other) {
        return new NodeInfo.PresentUser(
                one.channel(),
                one.user(),
                one.connections() + other.connections(),
                Math.min(one.sinceMicros(), other.sinceMicros()));
    }
}
