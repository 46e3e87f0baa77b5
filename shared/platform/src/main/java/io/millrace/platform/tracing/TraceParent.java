package io.millrace.platform.tracing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.text.Json;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A {@code traceparent} (W3C Trace Context, 3.2): the trace of an event and the span that sent it. It travels as the member
 * {@code traceparent} of the event's metadata, so that the forms on the bus, in Kafka and in PostgreSQL know nothing of it.
 *
 * @param traceId 32 hexadecimal digits in lower case, not all 0
 * @param spanId 16 of them, not all 0
 * @param sampled whether the sender records the trace
 */
public record TraceParent(String traceId, String spanId, boolean sampled) {
    /** Of the header and of the metadata's member. */
    public static final String NAME = "traceparent";

    private static final byte[] MEMBER = ("\"" + NAME + "\":\"").getBytes(StandardCharsets.US_ASCII);
    private static final String VERSION = "00";
    private static final int TRACE_ID = 3;
    private static final int SPAN_ID = 36;
    private static final int FLAGS = 53;
    private static final int LENGTH = 55;
    /** A later version may append more. */
    private static final int MAX_LENGTH = 128;

    /**
     * Reads a text by the rules of W3C: a version after 00 is read as far as 00 reaches.
     *
     * @return null if it is not a valid one, which is as if there were none
     */
    public static @Nullable TraceParent parse(@Nullable String text) {
        if (text == null || text.length() < LENGTH || text.length() > MAX_LENGTH) {
            return null;
        }
        boolean longer = text.length() > LENGTH;
        boolean ends = !longer || (text.charAt(LENGTH) == '-' && !text.startsWith(VERSION));
        boolean divided = text.charAt(TRACE_ID - 1) == '-' && text.charAt(SPAN_ID - 1) == '-' && text.charAt(52) == '-';
        if (!ends || !divided || !isHex(text, 0, 2) || text.startsWith("ff")) {
            return null;
        }
        String trace = text.substring(TRACE_ID, SPAN_ID - 1);
        String span = text.substring(SPAN_ID, FLAGS - 1);
        if (!isId(trace) || !isId(span) || !isHex(text, FLAGS, LENGTH)) {
            return null;
        }
        return new TraceParent(trace, span, (Character.digit(text.charAt(LENGTH - 1), 16) & 1) == 1);
    }

    /** The trace of an event; null if its metadata has no valid one. */
    public static @Nullable TraceParent of(Event event) {
        byte[] metadata = event.metadata();
        if (metadata.length < MEMBER.length + LENGTH) {
            return null;
        }
        int from = indexOfMember(metadata);
        int to = from;
        while (from > 0 && to < metadata.length && to - from <= MAX_LENGTH && metadata[to] != '"') {
            to++;
        }
        return from < 0 ? null : parse(new String(metadata, from, to - from, StandardCharsets.ISO_8859_1));
    }

    /** Where the member's value begins; -1 if there is none. In a text of the metadata its quotation marks are escaped. */
    private static int indexOfMember(byte[] metadata) {
        for (int i = 0; i + MEMBER.length < metadata.length; i++) {
            int j = 0;
            while (j < MEMBER.length && metadata[i + j] == MEMBER[j]) {
                j++;
            }
            if (j == MEMBER.length) {
                return i + j;
            }
        }
        return -1;
    }

    /** The event as one of this trace. */
    public Event in(Event event) {
        ObjectNode metadata = Json.parse(event.metadata()).put(NAME, text());
        return event.toBuilder()
                .metadata(Json.text(metadata).getBytes(StandardCharsets.UTF_8))
                .build();
    }

    /** As headers and metadata have it. */
    public String text() {
        return VERSION + "-" + traceId + "-" + spanId + (sampled ? "-01" : "-00");
    }

    private static boolean isId(String text) {
        return isHex(text, 0, text.length()) && text.chars().anyMatch(digit -> digit != '0');
    }

    private static boolean isHex(String text, int from, int to) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
                return false;
            }
        }
        return true;
    }
}
