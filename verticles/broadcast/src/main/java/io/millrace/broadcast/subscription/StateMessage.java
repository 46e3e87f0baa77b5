package io.millrace.broadcast.subscription;

import io.millrace.broadcast.hub.Connection;
import io.millrace.contracts.entity.EntitySnapshot;
import io.vertx.core.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code state}: entities as they stand at a position. */
final class StateMessage {
    private StateMessage() {}

    /**
     * @param more whether another message with entities follows
     * @param complete whether the last message leaves none out
     */
    static void send(
            Connection connection,
            String stream,
            String position,
            List<EntitySnapshot.Entity> entities,
            boolean more,
            boolean complete) {
        StringBuilder message = new StringBuilder("{\"type\":\"state\",\"stream\":")
                .append(Json.encode(stream))
                .append(",\"position\":\"")
                .append(position)
                .append("\",\"entities\":[");
        for (int i = 0; i < entities.size(); i++) {
            EntitySnapshot.Entity entity = entities.get(i);
            message.append(i == 0 ? "" : ",")
                    .append("{\"kind\":")
                    .append(Json.encode(entity.ref().kind()))
                    .append(",\"id\":")
                    .append(Json.encode(entity.ref().id()))
                    .append(",\"version\":")
                    .append(entity.version())
                    .append(",\"state\":")
                    // As it was written: every digit of its numbers.
                    .append(new String(entity.state(), StandardCharsets.UTF_8))
                    .append('}');
        }
        message.append("],\"more\":").append(more);
        if (!more && !complete) {
            message.append(",\"truncated\":true");
        }
        connection.send(stream, message.append('}').toString());
    }
}
