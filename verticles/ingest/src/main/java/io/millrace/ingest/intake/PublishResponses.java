package io.millrace.ingest.intake;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException.Detail;
import io.millrace.contracts.text.JsonWriter;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.List;

/** The answers to publishers as JSON, the same over HTTP and the bus. */
public final class PublishResponses {
    private PublishResponses() {}

    public static int status(Outcome outcome) {
        return switch (outcome.status()) {
            case COMMITTED -> 201;
            case QUEUED, SENT -> 202;
            case DUPLICATE, EXPIRED -> 200;
            case FAILED -> failure(outcome).status();
        };
    }

    public static Failure failure(Outcome outcome) {
        return outcome.failure() == null ? Failure.INTERNAL : outcome.failure();
    }

    public static Buffer one(Outcome outcome) {
        return Buffer.buffer(JsonWriter.value(json -> write(json, outcome, false)));
    }

    public static Buffer many(List<Outcome> outcomes) {
        return Buffer.buffer(JsonWriter.value(json -> {
            json.writeStartArray();
            for (Outcome outcome : outcomes) {
                write(json, outcome, true);
            }
            json.writeEndArray();
        }));
    }

    private static void write(JsonGenerator to, Outcome outcome, boolean oneOfMany) throws IOException {
        to.writeStartObject();
        if (!outcome.id().isEmpty()) {
            to.writeStringField("id", outcome.id());
        }
        if (outcome.status() == Outcome.Status.FAILED) {
            failed(to, outcome, oneOfMany);
        } else {
            to.writeStringField("status", outcome.status().wire());
            if (outcome.stream() != null) {
                to.writeStringField("stream", outcome.stream());
            }
            if (outcome.position() != null) {
                to.writeStringField("position", outcome.position().toString());
            }
        }
        to.writeEndObject();
    }

    private static void failed(JsonGenerator to, Outcome outcome, boolean oneOfMany) throws IOException {
        Failure failure = failure(outcome);
        if (oneOfMany) {
            to.writeStringField("status", outcome.status().wire());
        } else {
            // A problem (RFC 9457), whose {@code status} is the HTTP status.
            to.writeStringField("type", "about:blank");
            to.writeStringField("title", failure.code().replace('_', ' '));
            to.writeNumberField("status", failure.status());
        }
        to.writeStringField("code", failure.code());
        to.writeStringField("detail", outcome.message());
        if (outcome.version() != Event.ANY_VERSION) {
            to.writeNumberField("version", outcome.version());
        }
        if (!outcome.details().isEmpty()) {
            to.writeArrayFieldStart("errors");
            for (Detail detail : outcome.details()) {
                to.writeStartObject();
                to.writeStringField("pointer", detail.pointer());
                to.writeStringField("detail", detail.message());
                to.writeEndObject();
            }
            to.writeEndArray();
        }
    }
}
