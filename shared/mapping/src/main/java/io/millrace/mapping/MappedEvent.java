package io.millrace.mapping;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way out.
 *
 * @param timestamp when it happened; null if the file doesn't say
 * @param form how it is written
 * @param json as it is posted: UTF-8, one line, without the line's end
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record MappedEvent(String id, String type, @Nullable Instant timestamp, Form form, byte[] json) {
    /** How events are written, and what a request of several is called. */
    public enum Form {
        NATIVE("application/x-ndjson", "", "\n", "\n"),
        CLOUDEVENTS("application/cloudevents-batch+json", "[", ",\n", "]");

        public final String mediaType;
        public final String open;
        public final String between;
        public final String close;

        Form(String mediaType, String open, String between, String close) {
            this.mediaType = mediaType;
            this.open = open;
            this.between = between;
            this.close = close;
        }
    }
}
