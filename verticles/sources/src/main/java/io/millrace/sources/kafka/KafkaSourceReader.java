package io.millrace.sources.kafka;

import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.kafka.KafkaAddress;
import io.millrace.sources.intake.Source;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code kafka} of a source's file. Belongs to one thread. */
public final class KafkaSourceReader {
    /** What a mapping may name beside what is in a record; one that ends with a dot is the beginning of names. */
    public static final Set<String> ATTRIBUTES = KafkaMessages.ATTRIBUTES;

    private static final Pattern GROUP = Pattern.compile("[^\\p{Cntrl}]{1,200}");

    private final List<ConfigurationError> problems;

    /** @param problems gets every mistake */
    public KafkaSourceReader(List<ConfigurationError> problems) {
        this.problems = problems;
    }

    /** Where a group that never read begins. */
    private enum Start {
        EARLIEST,
        LATEST
    }

    /** Returns null, with mistakes, if something is wrong. */
    public @Nullable KafkaSource read(YamlNode place, Source source) {
        int before = problems.size();
        YamlObjectReader block = YamlObjectReader.of(
                place, problems, "bootstrap", "topics", "group", "format", "key", "start", "properties");
        if (block == null) {
            return null;
        }
        KafkaAddress address = KafkaAddress.read(block, KafkaAddress.Client.CONSUMER, problems);
        Set<String> topics = topics(block);
        String group = block.matching(block.text("group"), "group", GROUP, "name of a consumer group");
        KafkaSource.Format format = block.choice("format", "format", KafkaSource.Format.class);
        RecordKey key = block.choice("key", "form of a key", RecordKey.class);
        Start start = block.choice("start", "start", Start.class);
        if (!source.mapping().mapping().makesEvents() && format != KafkaSource.Format.CLOUDEVENTS) {
            block.wrong("format", "has to be cloudevents, or the file describes events: no event is described");
        }
        return problems.size() > before
                ? null
                : new KafkaSource(
                        source,
                        address,
                        topics,
                        Objects.requireNonNullElse(group, "millrace-source-" + source.name()),
                        format,
                        Objects.requireNonNullElse(key, RecordKey.TEXT),
                        start == Start.LATEST);
    }

    private Set<String> topics(YamlObjectReader block) {
        Set<String> topics = new LinkedHashSet<>();
        for (YamlNode topic : block.texts("topics")) {
            if (!KafkaAddress.isTopic(topic.node().textValue())) {
                problems.add(topic.problem(topic.shown() + " is not a valid name of a topic"));
            }
            topics.add(topic.node().textValue());
        }
        if (topics.isEmpty()) {
            block.wrong("topics", "is missing: the topics to read, [orders, payments]");
        }
        return topics;
    }
}
