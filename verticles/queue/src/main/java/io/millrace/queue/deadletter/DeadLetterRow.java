package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.deadletter.DeadLetterReport;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.text.Sha256;
import io.millrace.contracts.wire.Codecs;
import io.millrace.queue.commit.RetryHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaHeader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The row of a dead letter: from its headers, from the event if it can be read, and the record's bytes.
 *
 * @param stage the stage that gave up
 * @param source the event's source; of a source that could make no event, its name; null if the bytes can't be read
 * @param event the event; null if the bytes can't be read
 * @param json the event's readable form; null if the bytes can't be read
 * @param headers the sender's headers, as JSON
 */
@SuppressWarnings("ArrayRecordComponent") // written, never compared
record DeadLetterRow(
        RetryHeaders trail,
        String stage,
        @Nullable String source,
        @Nullable Event event,
        @Nullable String json,
        @Nullable String stream,
        String fingerprint,
        String headers,
        byte @Nullable [] key,
        byte[] record) {
    /** The stage that reports messages of outside systems. */
    static final String SOURCES = "sources";

    /** Characters of a message that tell its kind. */
    private static final int MAX_KIND = 300;

    private static final byte[] NOTHING = {};

    static DeadLetterRow of(KafkaConsumerRecord<byte[], byte[]> record) {
        RetryHeaders trail = RetryHeaders.of(record);
        byte[] bytes = Objects.requireNonNullElse(record.value(), NOTHING);
        Event event = read(bytes);
        String json = event == null ? null : DeadLetterEventJson.of(event);
        byte[] key = record.key();
        String stream = event != null ? event.stream() : key == null ? null : text(key);
        return new DeadLetterRow(
                trail,
                RetryHeaders.STAGE,
                event == null ? null : event.source(),
                json == null ? null : event,
                json,
                stream,
                fingerprint(trail.code(), trail.message(), event == null ? "" : event.type()),
                headers(record),
                key,
                bytes);
    }

    /** The row of a message of which a source could make no event. */
    static DeadLetterRow of(DeadLetterReport report, long nowMs) {
        ArrayNode headers = JsonNodeFactory.instance.arrayNode();
        report.attributes()
                .forEach((name, value) -> headers.addObject().put("name", name).put("text", value));
        String code = report.failure().code();
        return new DeadLetterRow(
                new RetryHeaders(
                        report.place(),
                        report.partition(),
                        report.offset(),
                        report.timeMs(),
                        1,
                        nowMs,
                        nowMs,
                        code,
                        report.message()),
                SOURCES,
                report.source(),
                null,
                null,
                null,
                fingerprint(code, report.message(), report.source()),
                headers.toString(),
                report.key(),
                report.record());
    }

    /** A copy without the event, as if the bytes couldn't be read. */
    DeadLetterRow unread() {
        return new DeadLetterRow(trail, stage, source, null, null, null, fingerprint, "[]", key, record);
    }

    private static @Nullable Event read(byte[] bytes) {
        try {
            return Codecs.EVENT.decode(bytes);
        } catch (IllegalArgumentException unreadable) {
            return null;
        }
    }

    /**
     * The fingerprint, the same for failures of one kind. A word with a digit is treated as an id, a version or a
     * position, which differ from one failure to the next.
     */
    static String fingerprint(String code, String message, String type) {
        String start = message.length() > MAX_KIND ? message.substring(0, MAX_KIND) : message;
        String kind = start.replaceAll("\\S*\\d\\S*", "#");
        return HexFormat.of().formatHex(Sha256.of(code + '\n' + kind + '\n' + type), 0, 8);
    }

    private static String headers(KafkaConsumerRecord<byte[], byte[]> record) {
        ArrayNode headers = JsonNodeFactory.instance.arrayNode();
        for (KafkaHeader header : RetryHeaders.senders(record)) {
            ObjectNode shown = headers.addObject().put("name", header.key());
            Buffer value = header.value();
            byte[] bytes = value == null ? NOTHING : value.getBytes();
            String text = text(bytes);
            if (text == null) {
                shown.put("base64", Base64.getEncoder().encodeToString(bytes));
            } else {
                shown.put("text", text);
            }
        }
        return headers.toString();
    }

    /** Null if the bytes aren't UTF-8. */
    private static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException binary) {
            return null;
        }
    }
}
