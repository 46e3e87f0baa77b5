package io.millrace.platform.delivery;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The form in which a WebSocket's client receives messages, which it asks for by a subprotocol (RFC 6455, 1.9). All of them say
 * the same.
 */
public enum MessageFormat {
    /** Each message is a JSON object that says everything. Also without a subprotocol. */
    JSON("millrace"),
    /** Events are JSON arrays, in which numbers stand for what {@code subscribed} has said. */
    COMPACT("v1.compact.millrace"),
    /** As {@link #COMPACT}, in CBOR (RFC 8949), in binary frames. */
    CBOR("v1.cbor.millrace");

    private final String subprotocol;

    MessageFormat(String subprotocol) {
        this.subprotocol = subprotocol;
    }

    /** What clients offer for the forms, all of them; a server takes the first that it knows of a client's list. */
    public static List<String> subprotocols() {
        return Arrays.stream(values()).map(format -> format.subprotocol).toList();
    }

    /** @param agreed the subprotocol that client and server agreed on; null for none */
    public static MessageFormat of(@Nullable String agreed) {
        return Arrays.stream(values())
                .filter(format -> format.subprotocol.equals(agreed))
                .findFirst()
                .orElse(JSON);
    }
}
