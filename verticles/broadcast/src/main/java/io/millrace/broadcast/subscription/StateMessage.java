package io.millrace.broadcast.subscription;

import io.millrace.broadcast.hub.Connection;
import io.millrace.broadcast.outbound.OutboundMessage;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.text.JsonWriter;
import java.util.List;

/** The message {@code state}: entities at a position. */
final class StateMessage {
    private StateMessage() {}

    /**
     * Sends entities to one client.
     *
     * @param more whether another message with entities follows
     * @param complete whether the messages have all entities, which the last one says
     */
    static void send(
            Connection connection,
            String stream,
            String position,
            List<EntitySnapshot.Entity> entities,
            boolean more,
            boolean complete) {
        byte[] line = JsonWriter.object(json -> {
            json.writeStringField("type", "state");
            json.writeStringField("stream", stream);
            json.writeStringField("position", position);
            json.writeArrayFieldStart("entities");
            for (EntitySnapshot.Entity entity : entities) {
                json.writeStartObject();
                json.writeStringField("kind", entity.ref().kind());
                json.writeStringField("id", entity.ref().id());
                json.writeNumberField("version", entity.version());
                // As it is stored, with every digit of its numbers.
                json.writeJsonField("state", entity.state());
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeBooleanField("more", more);
            if (!more && !complete) {
                json.writeBooleanField("truncated", true);
            }
        });
        connection.send(stream, OutboundMessage.of("state", position, line));
    }
}
