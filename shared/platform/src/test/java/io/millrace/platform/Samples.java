package io.millrace.platform;

import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.event.Recipients;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Events as the tests of this module need them. */
public final class Samples {
    private Samples() {}

    public static Event event(String stream, String id) {
        return event(stream, id, "order:created", null, null, null);
    }

    public static Event event(
            String stream,
            String id,
            String type,
            @Nullable String owner,
            @Nullable Recipients target,
            @Nullable Recipients exclude) {
        return Event.builder(id, type, "shop/eu")
                .timeMicros(1_769_851_800_123_000L)
                .priority(Priority.HIGH)
                .data(bytes("{\"total\":129.5}"))
                .metadata(bytes("{\"tags\":[\"eu\"]}"))
                .target(target)
                .exclude(exclude)
                .stream(stream)
                .owner(owner)
                .publisher("u")
                .acceptedAtMicros(1)
                .build();
    }

    /** An event whose id is its offset. */
    public static CommittedEvent committed(String stream, String epoch, long offset) {
        return new CommittedEvent(event(stream, "" + offset), new Position(epoch, offset), 0, null);
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
