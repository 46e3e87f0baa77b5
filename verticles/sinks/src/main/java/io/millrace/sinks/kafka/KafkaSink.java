package io.millrace.sinks.kafka;

import io.millrace.kafka.KafkaAddress;
import io.millrace.mapping.DocumentExpression;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;

/**
 * Topics of a Kafka, as a file describes them. Immutable.
 *
 * @param topic a template
 * @param key a template; events with the same go to one partition, in order
 */
public record KafkaSink(
        Sink sink,
        KafkaAddress address,
        DocumentExpression topic,
        DocumentExpression key,
        Format format,
        MessageBody body)
        implements ConfiguredSink {
    /** How records are written. */
    public enum Format {
        /** The message alone, with its place and names in headers. */
        JSON,
        /** As CloudEvents 1.0: one JSON object of everything. */
        STRUCTURED,
        /** As CloudEvents 1.0: the data, and everything else in headers. */
        BINARY
    }

    @Override
    public String kind() {
        return "kafka";
    }
}
