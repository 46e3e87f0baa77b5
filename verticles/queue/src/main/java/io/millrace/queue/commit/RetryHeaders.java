package io.millrace.queue.commit;

import io.millrace.contracts.failure.Failure;
import io.vertx.core.buffer.Buffer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaHeader;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The retry history of a record, in its headers. The headers of its origin have the names that Kafka tools know (Spring
 * Kafka's DeadLetterPublishingRecoverer), with binary numbers as these write them; the other headers are texts.
 * Unreadable headers are ignored.
 *
 * @param topic the record's first topic
 * @param partition the partition in the first topic
 * @param offset the offset in the first topic
 * @param timeMs the record's time in the first topic, milliseconds since 1970 UTC
 * @param attempts the number of attempts so far, all failed
 * @param firstFailureMs the time of the first failure, milliseconds since 1970 UTC
 * @param lastFailureMs the time of the last failure, milliseconds since 1970 UTC
 * @param code the code of the last failure
 * @param message the message of the last failure, at most {@link #MAX_MESSAGE} characters
 */
public record RetryHeaders(
        String topic,
        int partition,
        long offset,
        long timeMs,
        int attempts,
        long firstFailureMs,
        long lastFailureMs,
        String code,
        String message) {
    static final int MAX_MESSAGE = 2_000;
    public static final String STAGE = "queue";

    private static final String OURS = "millrace-";
    private static final String ORIGIN = "kafka_dlt-";
    private static final String DUE = OURS + "due";
    private static final String ATTEMPTS = OURS + "attempts";
    private static final String FIRST_FAILURE = OURS + "first-failure";
    private static final String LAST_FAILURE = OURS + "last-failure";
    private static final String CODE = OURS + "code";
    private static final String TOPIC = ORIGIN + "original-topic";
    private static final String PARTITION = ORIGIN + "original-partition";
    private static final String OFFSET = ORIGIN + "original-offset";
    private static final String TIMESTAMP = ORIGIN + "original-timestamp";
    private static final String MESSAGE = ORIGIN + "exception-message";

    /** Reads the record's headers; a record without them is its own origin and has had no attempt. */
    public static RetryHeaders of(KafkaConsumerRecord<byte[], byte[]> record) {
        Buffer topic = header(record, TOPIC);
        Buffer partition = header(record, PARTITION);
        Buffer offset = header(record, OFFSET);
        Buffer time = header(record, TIMESTAMP);
        boolean moved = topic != null && length(partition) == 4 && length(offset) == 8 && length(time) == 8;
        return new RetryHeaders(
                moved ? String.valueOf(topic) : record.topic(),
                moved && partition != null ? partition.getInt(0) : record.partition(),
                moved && offset != null ? offset.getLong(0) : record.offset(),
                moved && time != null ? time.getLong(0) : record.timestamp(),
                attempts(record),
                number(record, FIRST_FAILURE, record.timestamp()),
                number(record, LAST_FAILURE, record.timestamp()),
                text(record, CODE, Failure.INTERNAL.code()),
                text(record, MESSAGE, ""));
    }

    /** A copy after one more failed attempt. */
    RetryHeaders failed(Failure failure, String why, long nowMs) {
        return new RetryHeaders(
                topic,
                partition,
                offset,
                timeMs,
                attempts + 1,
                attempts == 0 ? nowMs : firstFailureMs,
                nowMs,
                failure.code(),
                why.length() > MAX_MESSAGE ? why.substring(0, MAX_MESSAGE) : why);
    }

    /**
     * @param dueMs when the next attempt is due, milliseconds since 1970; 0 if there is none
     */
    List<KafkaHeader> headers(long dueMs) {
        return List.of(
                KafkaHeader.header(TOPIC, topic),
                KafkaHeader.header(PARTITION, Buffer.buffer().appendInt(partition)),
                KafkaHeader.header(OFFSET, Buffer.buffer().appendLong(offset)),
                KafkaHeader.header(TIMESTAMP, Buffer.buffer().appendLong(timeMs)),
                KafkaHeader.header(MESSAGE, message),
                KafkaHeader.header(CODE, code),
                KafkaHeader.header(OURS + "stage", STAGE),
                KafkaHeader.header(ATTEMPTS, String.valueOf(attempts)),
                KafkaHeader.header(FIRST_FAILURE, String.valueOf(firstFailureMs)),
                KafkaHeader.header(LAST_FAILURE, String.valueOf(lastFailureMs)),
                KafkaHeader.header(DUE, String.valueOf(dueMs)));
    }

    /** The number of attempts. */
    static int attempts(KafkaConsumerRecord<byte[], byte[]> record) {
        return (int) number(record, ATTEMPTS, 0);
    }

    /** When a record's next attempt is due, milliseconds since 1970; 0 for at once. */
    public static long dueMs(KafkaConsumerRecord<byte[], byte[]> record) {
        return number(record, DUE, 0);
    }

    /** The headers of the record's sender. */
    public static List<KafkaHeader> senders(KafkaConsumerRecord<byte[], byte[]> record) {
        return record.headers().stream()
                .filter(header ->
                        !header.key().startsWith(OURS) && !header.key().startsWith(ORIGIN))
                .toList();
    }

    private static @Nullable Buffer header(KafkaConsumerRecord<byte[], byte[]> record, String name) {
        Buffer found = null;
        for (KafkaHeader header : record.headers()) {
            found = header.key().equals(name) ? header.value() : found;
        }
        return found;
    }

    private static int length(@Nullable Buffer value) {
        return value == null ? -1 : value.length();
    }

    static String text(KafkaConsumerRecord<byte[], byte[]> record, String name, String fallback) {
        Buffer value = header(record, name);
        return value == null ? fallback : value.toString();
    }

    private static long number(KafkaConsumerRecord<byte[], byte[]> record, String name, long fallback) {
        String text = text(record, name, "");
        return text.matches("\\d{1,18}") ? Long.parseLong(text) : fallback;
    }
}
