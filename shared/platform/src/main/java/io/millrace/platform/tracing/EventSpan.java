package io.millrace.platform.tracing;

import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import org.jspecify.annotations.Nullable;

/** A span of a sampled event, begun and not ended yet. Safe from any thread; only its first end counts. */
public final class EventSpan {
    private static final AttributeKey<String> OUTCOME = AttributeKey.stringKey("millrace.outcome");
    private static final AttributeKey<String> POSITION = AttributeKey.stringKey("millrace.position");
    private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");

    private static final int MAX_DESCRIPTION = 512;

    private final Span span;
    private final SpanKind kind;

    EventSpan(Span span, SpanKind kind) {
        this.span = span;
        this.kind = kind;
    }

    /** The trace as it goes on from this span. */
    public TraceParent trace() {
        SpanContext context = span.getSpanContext();
        return new TraceParent(context.getTraceId(), context.getSpanId(), true);
    }

    /** Notes that something has happened now. */
    public void note(String what) {
        span.addEvent(what);
    }

    public void end() {
        span.end();
    }

    /** Ends with what became of the event. */
    public void end(Outcome outcome) {
        span.setAttribute(OUTCOME, outcome.status().wire());
        if (outcome.position() != null) {
            span.setAttribute(POSITION, outcome.position().toString());
        }
        end(outcome.failure(), outcome.message());
    }

    /** Ends with a failure. */
    public void fail(Throwable error) {
        MillraceException known = MillraceException.of(error);
        end(known.failure(), known.getMessage());
    }

    /**
     * Ends with a failure of another system.
     *
     * @param type one of few words, or a status
     */
    public void fail(String type, @Nullable String why) {
        span.setAttribute(ERROR_TYPE, type);
        span.setStatus(StatusCode.ERROR, description(why));
        span.end();
    }

    private void end(@Nullable Failure failure, @Nullable String message) {
        if (failure != null) {
            span.setAttribute(ERROR_TYPE, failure.code());
            // A sender's mistake is no error of the server that refuses it (OpenTelemetry, HTTP semantic conventions).
            if (kind != SpanKind.SERVER || failure.status() >= 500) {
                span.setStatus(StatusCode.ERROR, description(message));
            }
        }
        span.end();
    }

    /** Texts of other systems may be long, and the limits of the SDK are of attributes alone. */
    private static String description(@Nullable String why) {
        return why == null ? "" : why.substring(0, Math.min(why.length(), MAX_DESCRIPTION));
    }
}
