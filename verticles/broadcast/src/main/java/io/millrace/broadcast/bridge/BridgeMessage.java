package io.millrace.broadcast.bridge;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import org.jspecify.annotations.Nullable;

/**
 * A message of a client of the bridge.
 *
 * @param reply the address for the answer; null if the client wants none
 * @param body the body as the client wrote it
 */
record BridgeMessage(String type, String address, @Nullable String reply, JsonNode headers, @Nullable String body) {
    private static final int MAX_ADDRESS = 512;

    /** Fails as {@link Failure#BAD_MESSAGE}. */
    static BridgeMessage read(String text) {
        ClientJson.Split split = ClientJson.split("the message", text, "body");
        JsonNode message = split.object();
        JsonNode headers = message.path("headers");
        if (!headers.isObject() && !headers.isMissingNode() && !headers.isNull()) {
            throw new MillraceException(Failure.BAD_MESSAGE, "headers must be an object");
        }
        String address = address(message, "address");
        return new BridgeMessage(
                message.path("type").asText(""),
                address == null ? "" : address,
                address(message, "replyAddress"),
                headers,
                split.member());
    }

    /** The {@code replyAddress} of a message that can't be read as a whole; null if it has none before the mistake. */
    static @Nullable String replyOfUnreadable(String text) {
        JsonNode reply = ClientJson.memberOfUnreadable(text, "replyAddress");
        return reply != null && reply.isTextual() && reply.asText().length() <= MAX_ADDRESS ? reply.asText() : null;
    }

    private static @Nullable String address(JsonNode message, String name) {
        JsonNode address = message.path(name);
        if (address.isMissingNode() || address.isNull()) {
            return null;
        }
        if (!address.isTextual() || address.asText().length() > MAX_ADDRESS) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE, name + " must be a string of at most " + MAX_ADDRESS + " characters");
        }
        return address.asText();
    }

    /** A header as text: the stock client sends texts, others may send {@code true} and {@code 0.5} as JSON. */
    @Nullable
    String header(String name) {
        JsonNode value = headers.path(name);
        return value.isMissingNode() || value.isNull() ? null : value.isTextual() ? value.asText() : value.toString();
    }
}
