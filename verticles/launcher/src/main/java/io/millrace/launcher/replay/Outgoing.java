package io.millrace.launcher.replay;

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
record Outgoing(String id, String type, @Nullable Instant timestamp, Form form, byte[] json) {
    /** How events are written, and what a request of several is called. */
    enum Form {
        NATIVE("application/x-ndjson", "", "\n", "\n"),
        CLOUDEVENTS("application/cloudevents-batch+json", "[", ",\n", "]");

        final String mediaType;
        final String open;
        final String between;
        final String close;

        Form(String mediaType, String open, String between, String close) {
            this.mediaType = mediaType;
            this.open = open;
            this.between = between;
            this.close = close;
        }
    }
}
