package io.millrace.sources.kafka;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlNode;
import io.millrace.domain.yaml.YamlObjectReader;
import io.millrace.kafka.TopicConsumer;
import io.millrace.sources.publish.Source;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** Reads the block {@code kafka} of a source's file. Belongs to one thread. */
public final class KafkaSourceReader {
    /** What a mapping may name beside what is in a record; one that ends with a dot is the beginning of names. */
    public static final Set<String> ATTRIBUTES = KafkaMessages.ATTRIBUTES;

    private static final Pattern BROKERS = Pattern.compile("[^\\s,:]+:\\d{1,5}(,[^\\s,:]+:\\d{1,5})*");
    /** As Kafka allows them. */
    private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

    private static final Pattern GROUP = Pattern.compile("[^\\p{Cntrl}]{1,200}");

    /** What the source's file says, or what nothing would be lost without. */
    private static final Set<String> OURS = Set.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG);

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
        String bootstrap = block.matching(block.text("bootstrap"), "bootstrap", BROKERS, "list of host:port");
        Set<String> topics = topics(block);
        String group = block.matching(block.text("group"), "group", GROUP, "name of a consumer group");
        KafkaSource.Format format = block.choice("format", "format", KafkaSource.Format.class);
        RecordKey key = block.choice("key", "form of a key", RecordKey.class);
        Start start = block.choice("start", "start", Start.class);
        Map<String, String> client = properties(block);
        if (!source.mapping().mapping().makesEvents() && format != KafkaSource.Format.CLOUDEVENTS) {
            block.wrong("format", "has to be cloudevents, or the file describes events: no event is described");
        }
        return problems.size() > before
                ? null
                : new KafkaSource(
                        source,
                        bootstrap,
                        topics,
                        Objects.requireNonNullElse(group, "millrace-source-" + source.name()),
                        format,
                        Objects.requireNonNullElse(key, RecordKey.TEXT),
                        start == Start.LATEST,
                        client);
    }

    private Set<String> topics(YamlObjectReader block) {
        Set<String> topics = new LinkedHashSet<>();
        for (YamlNode topic : block.texts("topics")) {
            if (!TOPIC.matcher(topic.node().textValue()).matches()) {
                problems.add(topic.problem(topic.shown() + " is not a valid name of a topic"));
            }
            topics.add(topic.node().textValue());
        }
        if (topics.isEmpty()) {
            block.wrong("topics", "is missing: the topics to read, [orders, payments]");
        }
        return topics;
    }

    /** The options of Kafka's client in a file beside the source's, which may hold passwords. */
    private Map<String, String> properties(YamlObjectReader block) {
        String name = block.text("properties");
        if (name == null) {
            return Map.of();
        }
        Path file = Path.of(block.at("properties").tree().file()).resolveSibling(name);
        Properties read = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            read.load(reader);
        } catch (IOException | IllegalArgumentException unreadable) {
            block.wrong("properties", file + " can't be read: " + unreadable);
            return Map.of();
        }
        Map<String, String> options = new TreeMap<>();
        for (String option : read.stringPropertyNames()) {
            if (OURS.contains(option)) {
                block.wrong("properties", file + ": " + option + " is not for this file to say");
            } else if (!ConsumerConfig.configNames().contains(option)) {
                problems.add(block.at("properties")
                        .problem(
                                file + ": " + option + " is no option of Kafka's consumer",
                                Suggestions.closest(option, ConsumerConfig.configNames())));
            }
            options.put(option, read.getProperty(option));
        }
        check(block, file, options);
        return options;
    }

    private static void check(YamlObjectReader block, Path file, Map<String, String> options) {
        Map<String, String> complete = new HashMap<>(TopicConsumer.config("checked", 1, Duration.ofMinutes(1)));
        complete.putAll(options);
        complete.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:9092");
        try {
            Map<String, Object> unused = ConsumerConfig.configDef().parse(complete);
        } catch (ConfigException wrong) {
            block.wrong("properties", file + ": " + wrong.getMessage());
        }
    }
}
