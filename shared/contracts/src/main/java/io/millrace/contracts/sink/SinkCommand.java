package io.millrace.contracts.sink;

import io.millrace.contracts.event.Position;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator does about a sink, which then starts again with what was changed.
 *
 * @param ids to redrive: of dead events; empty for all
 * @param stream to replay; else null
 * @param position what follows it is replayed; null for a time
 * @param timeMicros what was committed since then is replayed, microseconds since 1970 UTC; 0 for a position
 * @param by the operator, for the audit
 * @param tried for {@link Kind#DENIED}: the method and the path; else null
 */
public record SinkCommand(
        Kind kind,
        String sink,
        List<Long> ids,
        @Nullable String stream,
        @Nullable Position position,
        long timeMicros,
        String by,
        @Nullable String tried) {
    public enum Kind {
        /** Send to it again, though it was disabled. */
        ENABLE,
        /** Try dead events again. */
        REDRIVE,
        /** Send what it has had of a stream once more. */
        REPLAY,
        /** The user may not, and tried. */
        DENIED
    }

    public SinkCommand {
        ids = List.copyOf(ids);
    }

    public static SinkCommand enable(String sink, String by) {
        return new SinkCommand(Kind.ENABLE, sink, List.of(), null, null, 0, by, null);
    }

    public static SinkCommand redrive(String sink, List<Long> ids, String by) {
        return new SinkCommand(Kind.REDRIVE, sink, ids, null, null, 0, by, null);
    }

    /** @param position null for the time */
    public static SinkCommand replay(
            String sink, String stream, @Nullable Position position, long timeMicros, String by) {
        return new SinkCommand(Kind.REPLAY, sink, List.of(), stream, position, timeMicros, by, null);
    }

    public static SinkCommand denied(String by, String tried) {
        return new SinkCommand(Kind.DENIED, "", List.of(), null, null, 0, by, tried);
    }
}
