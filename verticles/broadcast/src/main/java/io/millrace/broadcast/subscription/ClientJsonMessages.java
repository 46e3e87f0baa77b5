package io.millrace.broadcast.subscription;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.web.RoutingContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads members of a client's message. Each method fails as {@link Failure#BAD_MESSAGE}. */
public final class ClientJsonMessages {
    private static final Logger LOG = LoggerFactory.getLogger(ClientJsonMessages.class);

    private static final int MAX = 16_384;
    private static final int MAX_ID = 128;

    private ClientJsonMessages() {}

    /** The failure for a message that threw. An unexpected exception is logged in one line. */
    public static MillraceException refusal(RuntimeException thrown) {
        if (thrown instanceof MillraceException known) {
            return known;
        }
        LOG.warn("could not read a client's message: {}", thrown.toString());
        return new MillraceException(Failure.BAD_MESSAGE, "the message can't be read");
    }

    /** A body of JSON. */
    public static ObjectNode body(RoutingContext ctx) {
        Buffer body = ctx.body().buffer();
        return ClientJson.object("the body", body == null ? new byte[0] : body.getBytes());
    }

    public static String of(JsonNode message, String name) {
        JsonNode value = message.path(name);
        if (!value.isTextual() || value.asText().isEmpty() || value.asText().length() > MAX) {
            throw new MillraceException(Failure.BAD_MESSAGE, name + " must be a string of 1 to " + MAX + " characters");
        }
        return value.asText();
    }

    /** The client's id for its request, which the answer carries; null if it has none. */
    public static @Nullable Object id(@Nullable JsonNode id) {
        if (id == null || id.isNull()) {
            return null;
        }
        if (id.isIntegralNumber() && id.canConvertToLong()) {
            return id.asLong();
        }
        if (id.isTextual() && id.asText().length() <= MAX_ID) {
            return id.asText();
        }
        throw new MillraceException(
                Failure.BAD_MESSAGE,
                "id must be a whole number of 64 bits or a string of at most " + MAX_ID + " characters");
    }

    /** The id of an unreadable request; null if the id can't be read either. */
    public static @Nullable Object idOfUnreadable(String text) {
        try {
            return id(ClientJson.memberOfUnreadable(text, "id"));
        } catch (MillraceException noId) {
            return null;
        }
    }
}
