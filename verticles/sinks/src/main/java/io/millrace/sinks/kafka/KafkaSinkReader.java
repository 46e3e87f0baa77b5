package io.millrace.sinks.kafka;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.kafka.KafkaAddress;
import io.millrace.mapping.DocumentExpression;
import io.millrace.sinks.message.ConfiguredSink;
import io.millrace.sinks.message.MessageBody;
import io.millrace.sinks.message.Sink;
import io.millrace.sinks.message.SinkMessage;
import java.util.List;
import java.util.Objects;

/** Reads the block {@code kafka} of a sink's file. Belongs to one thread. */
public final class KafkaSinkReader {
    private final List<ConfigurationError> problems;

    /** @param problems gets every mistake */
    public KafkaSinkReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    /** None, with a mistake, if something is wrong. */
    public List<ConfiguredSink> read(YamlNode place, Sink sink, MessageBody body) {
        YamlObjectReader block =
                YamlObjectReader.of(place, problems, "bootstrap", "topic", "key", "format", "properties");
        if (block == null) {
            return List.of();
        }
        KafkaAddress address = KafkaAddress.read(block, KafkaAddress.Client.PRODUCER, problems);
        String topic = block.at("topic").node().asText();
        if (!topic.isEmpty() && !topic.contains("{") && !KafkaAddress.isTopic(topic)) {
            block.wrong("topic", block.at("topic").shown() + " is not a valid name of a topic");
        }
        KafkaSink.Format format = block.choice("format", "format", KafkaSink.Format.class);
        return List.of(new KafkaSink(
                sink,
                address,
                DocumentExpression.text(block.at("topic"), SinkMessage.NAMES, problems),
                block.has("key")
                        ? DocumentExpression.text(block.at("key"), SinkMessage.NAMES, problems)
                        : DocumentExpression.ofName("stream"),
                Objects.requireNonNullElse(format, KafkaSink.Format.JSON),
                body));
    }
}
