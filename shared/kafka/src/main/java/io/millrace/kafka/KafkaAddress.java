package io.millrace.kafka;

import io.millrace.contracts.text.Suggestions;
import io.millrace.domain.yaml.ConfigurationError;
import io.millrace.domain.yaml.YamlObjectReader;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * Where a Kafka is and how to get in, as the file of a source or a sink says. Immutable.
 *
 * @param bootstrap the brokers, one or more {@code host:port}; null for those of the node
 * @param client what else Kafka's client is told, by its own names
 */
public record KafkaAddress(@Nullable String bootstrap, Map<String, String> client) {
    private static final String BYTES = "org.apache.kafka.common.serialization.ByteArraySerializer";
    private static final Pattern BROKERS = Pattern.compile("[^\\s,:]+:\\d{1,5}(,[^\\s,:]+:\\d{1,5})*");
    /** As Kafka allows them. */
    private static final Pattern TOPIC = Pattern.compile("(?!\\.{1,2}$)[A-Za-z0-9._-]{1,249}");

    /**
     * A producer whose records each partition gets once and in their order, also when a request is repeated. Only one request
     * is under way to a broker: when one has failed for good, none of those behind it was sent.
     */
    public static final Map<String, String> ORDERED_PRODUCER = Map.of(
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            BYTES,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            BYTES,
            ProducerConfig.ACKS_CONFIG,
            "all",
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            "true",
            ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
            "1",
            ProducerConfig.LINGER_MS_CONFIG,
            "0",
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            "16777216",
            ProducerConfig.MAX_BLOCK_MS_CONFIG,
            "5000",
            ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG,
            "10000",
            ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
            "20000");

    /** Which of Kafka's clients is told. */
    public enum Client {
        CONSUMER(
                ConsumerConfig.configDef(),
                TopicConsumer.config("checked", 1, Duration.ofMinutes(1)),
                ConsumerConfig.GROUP_ID_CONFIG,
                ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
                ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                ConsumerConfig.AUTO_OFFSET_RESET_CONFIG),
        PRODUCER(
                ProducerConfig.configDef(),
                ORDERED_PRODUCER,
                ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
                ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
                ProducerConfig.ACKS_CONFIG,
                ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
                ProducerConfig.MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION,
                ProducerConfig.MAX_BLOCK_MS_CONFIG,
                ProducerConfig.RETRIES_CONFIG,
                ProducerConfig.TRANSACTIONAL_ID_CONFIG);

        private final ConfigDef options;
        private final Map<String, String> complete;
        /** What the file says, or what nothing would be lost without. */
        private final Set<String> ours;

        Client(ConfigDef options, Map<String, String> complete, String... ours) {
            this.options = options;
            this.complete = complete;
            this.ours = Set.of(ours);
        }

        private boolean isOurs(String option) {
            return ours.contains(option) || option.equals(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG);
        }
    }

    /** Whether a text may be the name of a topic. */
    public static boolean isTopic(String text) {
        return TOPIC.matcher(text).matches();
    }

    /**
     * Reads {@code bootstrap} and {@code properties} from a block of a file.
     *
     * @param problems gets every mistake
     */
    public static KafkaAddress read(YamlObjectReader block, Client kind, List<ConfigurationError> problems) {
        String bootstrap = block.matching(block.text("bootstrap"), "bootstrap", BROKERS, "list of host:port");
        return new KafkaAddress(bootstrap, properties(block, kind, problems));
    }

    /** The options of Kafka's client in a file beside, which may hold passwords. */
    private static Map<String, String> properties(
            YamlObjectReader block, Client kind, List<ConfigurationError> problems) {
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
        Set<String> known = kind.options.names();
        Map<String, String> options = new TreeMap<>();
        for (String option : read.stringPropertyNames()) {
            if (kind.isOurs(option)) {
                block.wrong("properties", file + ": " + option + " is not for this file to say");
            } else if (!known.contains(option)) {
                problems.add(block.at("properties")
                        .problem(
                                file + ": " + option + " is no option of Kafka's "
                                        + kind.name().toLowerCase(java.util.Locale.ROOT),
                                Suggestions.closest(option, known)));
            }
            options.put(option, read.getProperty(option));
        }
        Map<String, String> complete = new HashMap<>(kind.complete);
        complete.putAll(options);
        complete.put(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, "127.0.0.1:9092");
        try {
            Map<String, Object> unused = kind.options.parse(complete);
        } catch (ConfigException wrong) {
            block.wrong("properties", file + ": " + wrong.getMessage());
        }
        return options;
    }

    /**
     * What a client is told.
     *
     * @param nodes the node's own Kafka, if the file names no other
     */
    public Map<String, String> config(KafkaSettings nodes) {
        return bootstrap == null
                ? nodes.with(client)
                : KafkaSettings.at(bootstrap).with(client);
    }

    /** As {@link #config}, of what an admin client knows. */
    public Map<String, String> adminConfig(KafkaSettings nodes) {
        Map<String, String> config = config(nodes);
        config.keySet().retainAll(AdminClientConfig.configNames());
        return config;
    }
}
