package io.millrace.services.bus;

import java.nio.charset.StandardCharsets;
import java.util.UUID;

/** Ids of the events that a service publishes. */
public final class EventId {
    private EventId() {}

    /**
     * The id that is made of these parts: the same whenever the service comes to the same step again, so that the event that
     * it publishes twice is one.
     *
     * @param parts usually the id of the event that is the cause, and the name of the step
     */
    public static String of(String... parts) {
        return UUID.nameUUIDFromBytes(String.join("\0", parts).getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
