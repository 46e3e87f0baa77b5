package io.millrace.testkit.gateway;

import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A session of a bot's shard, with all that was dispatched in it. Belongs to the event loop of its stand-in. */
final class StandInSession {
    final String id;
    final int shard;
    final int shards;
    private final List<JsonObject> dispatched = new ArrayList<>();

    @Nullable
    StandInConnection connection;

    StandInSession(String id, int shard, int shards) {
        this.id = id;
        this.shard = shard;
        this.shards = shards;
    }

    long sequence() {
        return dispatched.size();
    }

    /** Keeps a dispatch, and sends it if the client is connected. */
    String dispatch(String type, JsonObject content) {
        JsonObject frame = new JsonObject()
                .put("t", type)
                .put("s", sequence() + 1)
                .put("op", 0)
                .put("d", content);
        dispatched.add(frame);
        if (connection != null) {
            connection.send(frame);
        }
        return id + "/" + sequence();
    }

    /** What was dispatched behind a sequence. */
    List<JsonObject> after(long sequence) {
        return List.copyOf(dispatched.subList((int) Math.max(0, sequence), dispatched.size()));
    }
}
