package io.millrace.sources.kafka;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.text.ClientJson;
import io.millrace.kafka.KafkaAddress;
import io.millrace.mapping.DocumentMapping;
import io.millrace.sources.intake.ConfiguredSource;
import io.millrace.sources.intake.Source;
import io.millrace.sources.intake.SourceMessage;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Topics of a Kafka, as a source's file describes them. Immutable.
 *
 * @param group the consumer group, whose members are the nodes that run the stage
 * @param format how the records are written; null if each record tells
 * @param fromEnd whether a group that never read begins with what comes, instead of what is there
 */
public record KafkaSource(
        Source source,
        KafkaAddress address,
        Set<String> topics,
        String group,
        @Nullable Format format,
        RecordKey key,
        boolean fromEnd)
        implements ConfiguredSource {
    /** How records are written. */
    public enum Format {
        /** As JSON objects. */
        JSON,
        /** As CloudEvents 1.0, each in its binary or its structured form. */
        CLOUDEVENTS
    }

    @Override
    public ObjectNode document(SourceMessage message) {
        if (isCloudEvent(message)) {
            return CloudEventRecord.document(message);
        }
        if (format == Format.CLOUDEVENTS) {
            throw new MillraceException(
                    Failure.BAD_MESSAGE,
                    "the record is no CloudEvent: it has neither headers like ce_id nor the content-type "
                            + CloudEventRecord.STRUCTURED);
        }
        return KafkaMessages.isTombstone(message)
                ? JsonNodeFactory.instance.objectNode()
                : ClientJson.object("the record", message.record());
    }

    @Override
    public DocumentMapping.Result map(SourceMessage message) {
        if (KafkaMessages.isTombstone(message) && !isCloudEvent(message) && !mapsTombstones()) {
            return new DocumentMapping.Result("a record without a value", List.of());
        }
        DocumentMapping.Result result = ConfiguredSource.super.map(message);
        // Without rules a CloudEvent is the event that it is.
        return result.skipped() == null && !source.mapping().mapping().makesEvents()
                ? new DocumentMapping.Result(null, List.of(CloudEventRecord.event(document(message))))
                : result;
    }

    private boolean isCloudEvent(SourceMessage message) {
        return format != Format.JSON && CloudEventRecord.is(message);
    }

    /** Whether the file has rules for records without a value. */
    private boolean mapsTombstones() {
        return source.mapping().mapping().uses(KafkaMessages.TOMBSTONE);
    }
}
