package io.millrace.ingest.intake;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.ingest.parse.RawEvent;
import io.millrace.platform.tracing.EventSpan;
import io.millrace.platform.tracing.EventSpans;
import io.millrace.platform.tracing.TraceLog;
import io.millrace.platform.tracing.TraceParent;
import io.millrace.platform.tracing.Tracing;
import io.vertx.core.AsyncResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The spans of the traced events of one request. Lives until its answer, on one event loop. */
final class IngestSpans {
    private static final Logger LOG = LoggerFactory.getLogger(IngestSpans.class);

    private final Tracing tracing;
    private final EventSpans spans = new EventSpans();

    IngestSpans(Tracing tracing) {
        this.tracing = tracing;
    }

    /**
     * Begins the spans of the events that are traced.
     *
     * @param all the valid events of the request, null in the places of the others; changed to what goes on
     * @param valid the same without nulls
     * @return what goes on of them
     */
    List<Event> begin(@Nullable Event[] all, List<Event> valid) {
        if (!tracing.isOn()) {
            return valid;
        }
        List<Event> going = new ArrayList<>(valid.size());
        for (int i = 0; i < all.length; i++) {
            Event event = all[i];
            EventSpan span = null;
            if (event != null) {
                Tracing.Accepted accepted = tracing.accept(event, all.length);
                span = accepted.span();
                all[i] = accepted.event();
                going.add(accepted.event());
                if (span != null) {
                    span.note("validated");
                }
            }
            spans.add(span);
        }
        return going;
    }

    /** An event that was refused. Its sender is told, and so it is logged at the level DEBUG alone. */
    void refused(RawEvent draft, MillraceException why) {
        JsonNode own = draft.metadata == null ? null : draft.metadata.get(TraceParent.NAME);
        TraceParent known = TraceParent.parse(own == null ? null : own.textValue());
        TraceParent trace = known == null ? TraceParent.parse(draft.traceparent) : known;
        if (LOG.isDebugEnabled()) {
            TraceLog.of(
                    trace,
                    () -> LOG.debug("event {} of type {} was refused: {}", draft.id, draft.type, why.getMessage()));
        }
        if (trace != null) {
            tracing.refuse(trace, why);
        }
    }

    /** Ends the spans with the outcomes of all events, or the failure of the request. */
    void end(AsyncResult<List<Outcome>> done) {
        spans.end(done);
    }
}
