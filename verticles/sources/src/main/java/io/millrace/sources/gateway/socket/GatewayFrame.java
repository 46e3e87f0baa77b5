package io.millrace.sources.gateway.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import org.jspecify.annotations.Nullable;

/**
 * A message of a gateway.
 *
 * @param op what it is, one of the constants
 * @param s the sequence of a dispatch; 0 for none
 * @param t the type of a dispatch; null for none
 * @param d its content, as JSON; null for none
 * @param text all of it, as it came
 */
public record GatewayFrame(int op, long s, @Nullable String t, @Nullable String d, String text) {
    public static final int DISPATCH = 0;
    public static final int HEARTBEAT = 1;
    public static final int IDENTIFY = 2;
    public static final int RESUME = 6;
    public static final int RECONNECT = 7;
    public static final int INVALID_SESSION = 9;
    public static final int HELLO = 10;
    public static final int HEARTBEAT_ACK = 11;

    /**
     * Reads a message.
     *
     * @throws MillraceException it is none
     */
    static GatewayFrame read(String text) {
        ClientJson.Split split = ClientJson.split("the frame", text, "d");
        ObjectNode envelope = split.object();
        boolean numbered = envelope.path("op").isInt();
        int op = envelope.path("op").asInt();
        long sequence = envelope.path("s").asLong();
        String type = envelope.path("t").textValue();
        // RESUMED tells nothing that could be lost.
        boolean counted = sequence > 0 || "RESUMED".equals(type);
        if (!numbered || op == DISPATCH && (!counted || type == null)) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, numbered ? "the dispatch has no sequence or no type" : "the frame has no op");
        }
        return new GatewayFrame(op, sequence, type, split.member(), text);
    }

    /**
     * The content of what isn't a dispatch of the mapping.
     *
     * @throws MillraceException it is no object
     */
    public ObjectNode object() {
        return ClientJson.object("d", String.valueOf(d));
    }
}
