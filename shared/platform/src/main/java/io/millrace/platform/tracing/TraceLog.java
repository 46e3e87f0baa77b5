package io.millrace.platform.tracing;

import io.millrace.contracts.event.Event;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/**
 * Log lines about one event carry the id of its trace, if it has one, in the diagnostic context as {@code trace_id}: also
 * when no span is recorded, for then the sender may have some. Stateless.
 */
public final class TraceLog {
    private static final String TRACE_ID = "trace_id";

    private TraceLog() {}

    /** Runs {@code log}, which writes a line about an event. */
    public static void of(Event event, Runnable log) {
        of(TraceParent.of(event), log);
    }

    /** Runs {@code log}, which writes a line about an event of a trace. */
    public static void of(@Nullable TraceParent trace, Runnable log) {
        if (trace == null) {
            log.run();
            return;
        }
        MDC.put(TRACE_ID, trace.traceId());
        try {
            log.run();
        } finally {
            MDC.remove(TRACE_ID);
        }
    }
}
