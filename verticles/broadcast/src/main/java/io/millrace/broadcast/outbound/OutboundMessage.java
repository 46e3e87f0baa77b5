package io.millrace.broadcast.outbound;

import io.millrace.broadcast.format.Delivery;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One message as clients receive it: a line of JSON that is never modified, and its type and position, which some transports
 * need again.
 */
public final class OutboundMessage {
    private final String type;
    private final byte[] line;
    private final int positionAt;
    private final int positionLength;
    private final @Nullable String position;
    private final @Nullable Delivery delivery;

    private OutboundMessage(
            String type,
            byte[] line,
            int positionAt,
            int positionLength,
            @Nullable String position,
            @Nullable Delivery delivery) {
        this.type = type;
        this.line = line;
        this.positionAt = positionAt;
        this.positionLength = positionLength;
        this.position = position;
        this.delivery = delivery;
    }

    /**
     * An event's message. Its position is read from the line, and only if a transport asks for it.
     *
     * @param positionAt the index of the position in the line
     * @param positionLength the bytes of the position; 0 if there is none
     * @param delivery the event, for the forms that say it shorter
     */
    static OutboundMessage event(byte[] line, int positionAt, int positionLength, Delivery delivery) {
        return new OutboundMessage(delivery.message().kind().wire(), line, positionAt, positionLength, null, delivery);
    }

    /** A message that has been encoded already. */
    public static OutboundMessage of(String type, @Nullable String position, byte[] line) {
        return new OutboundMessage(type, line, 0, 0, position, null);
    }

    public static OutboundMessage of(JsonObject message) {
        return of(
                message.getString("type"),
                message.getString("position"),
                message.toBuffer().getBytes());
    }

    public String type() {
        return type;
    }

    /** Null if the message has none. */
    public @Nullable String position() {
        return positionLength == 0 ? position : new String(line, positionAt, positionLength, StandardCharsets.US_ASCII);
    }

    public byte[] line() {
        return line;
    }

    /** The event that the message delivers; null for any other message. */
    @Nullable
    Delivery delivery() {
        return delivery;
    }

    int length() {
        return line.length;
    }
}
