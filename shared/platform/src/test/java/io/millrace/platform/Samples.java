package io.millrace.platform;

import io.millrace.contracts.Audience;
import io.millrace.contracts.Committed;
import io.millrace.contracts.Event;
import io.millrace.contracts.Position;
import io.millrace.contracts.Priority;
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
            @Nullable Audience target,
            @Nullable Audience exclude) {
        return new Event(
                id,
                type,
                "shop/eu",
                1_769_851_800_123_000L,
                Priority.HIGH,
                bytes("{\"total\":129.5}"),
                bytes("{\"tags\":[\"eu\"]}"),
                0,
                Event.ANY_VERSION,
                target,
                exclude,
                stream,
                owner,
                null,
                "u",
                1);
    }

    /** An event whose id is its offset. */
    public static Committed committed(String stream, String epoch, long offset) {
        return new Committed(event(stream, "" + offset), new Position(epoch, offset), 0, null);
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
