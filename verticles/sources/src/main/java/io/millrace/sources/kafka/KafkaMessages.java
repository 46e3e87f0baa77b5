package io.millrace.sources.kafka;

import io.millrace.contracts.text.Characters;
import io.millrace.sources.intake.SourceMessage;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/** Kafka's records as messages of a source. */
final class KafkaMessages {
    static final String TOMBSTONE = "#tombstone";
    /** Before the name of a header. */
    static final String HEADER = "#header.";

    private static final String TOPIC = "#topic";
    private static final String PARTITION = "#partition";
    private static final String OFFSET = "#offset";
    private static final String KEY = "#key";
    private static final String TIMESTAMP = "#timestamp";

    /** What a mapping may name beside what is in a record; the last is the beginning of names. */
    static final Set<String> ATTRIBUTES = Set.of(TOPIC, PARTITION, OFFSET, KEY, TIMESTAMP, TOMBSTONE, HEADER);

    private KafkaMessages() {}

    /**
     * @param maxValue the largest number of bytes of a value; a larger one is left out, and has to be kept as a dead letter
     */
    static SourceMessage message(KafkaConsumerRecord<byte[], byte[]> polled, RecordKey keys, long maxValue) {
        ConsumerRecord<byte[], byte[]> record = polled.record();
        Map<String, String> attributes = new TreeMap<>();
        attributes.put(TOPIC, record.topic());
        attributes.put(PARTITION, Integer.toString(record.partition()));
        attributes.put(OFFSET, Long.toString(record.offset()));
        attributes.put(TOMBSTONE, Boolean.toString(record.value() == null));
        if (record.timestamp() >= 0) {
            attributes.put(TIMESTAMP, Instant.ofEpochMilli(record.timestamp()).toString());
        }
        byte[] key = record.key();
        put(attributes, KEY, key == null ? null : keys.read(key));
        for (Header header : record.headers()) {
            // What isn't text can't be named in a mapping. Of several with a name the last counts, as for Kafka itself.
            if (header.value() != null && Characters.wrong(header.key()) == null) {
                put(attributes, HEADER + header.key(), RecordKey.text(header.value()));
            }
        }
        byte[] value = record.value() == null || record.value().length > maxValue ? new byte[0] : record.value();
        return new SourceMessage(
                value,
                attributes,
                key,
                new SourceMessage.Origin(
                        record.topic(), record.partition(), record.offset(), Math.max(0, record.timestamp())));
    }

    /** Whether a record had no value, which in a compacted topic deletes what has its key. */
    static boolean isTombstone(SourceMessage message) {
        return "true".equals(message.attributes().get(TOMBSTONE));
    }

    private static void put(Map<String, String> attributes, String name, @Nullable String value) {
        if (value != null) {
            attributes.put(name, value);
        }
    }
}
