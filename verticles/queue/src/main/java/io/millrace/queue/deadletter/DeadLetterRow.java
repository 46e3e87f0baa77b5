package io.millrace.queue.deadletter;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.wire.Codecs;
import io.millrace.queue.commit.RetryHeaders;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaHeader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The row of a dead letter: from its headers, from the event if it can be read, and the record's bytes.
 *
 * @param event the event; null if the bytes can't be read
 * @param json the event's readable form; null if the bytes can't be read
 * @param headers the sender's headers, as JSON
 */
@SuppressWarnings("ArrayRecordComponent") // written, never compared
record DeadLetterRow(
        RetryHeaders trail,
        @Nullable Event event,
        @Nullable String json,
        @Nullable String stream,
        String fingerprint,
        String headers,
        byte @Nullable [] key,
        byte[] record) {
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
                json == null ? null : event,
                json,
                stream,
                fingerprint(trail.code(), trail.message(), event == null ? "" : event.type()),
                headers(record),
                key,
                bytes);
    }

    /** A copy without the event, as if the bytes couldn't be read. */
    DeadLetterRow unread() {
        return new DeadLetterRow(trail, null, null, null, fingerprint, "[]", key, record);
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
        String kind = message.replaceAll("\\S*\\d\\S*", "#");
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256")
                    .digest((code + '\n' + kind + '\n' + type).getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 8);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every JDK has SHA-256", impossible);
        }
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
