package io.millrace.queue.kafka;

import io.millrace.contracts.bus.Topics;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.queue.QueueSettings;
import io.millrace.queue.commit.RetryHeaders;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.admin.Config;
import io.vertx.kafka.admin.KafkaAdminClient;
import io.vertx.kafka.admin.NewTopic;
import io.vertx.kafka.client.common.ConfigResource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Creates missing topics. */
public final class TopicInitializer {
    private static final List<String> TOPICS = List.of(Topics.EVENTS, Topics.RETRY, Topics.DEAD);
    private static final String MAX_BYTES = "max.message.bytes";
    private static final String IN_SYNC = "min.insync.replicas";
    private static final int HEADERS = 64 << 10;
    /**
     * Room for names, times and the record's own fields; each name has at most 256 characters of at most four bytes.
     */
    private static final int ENVELOPE = 16 << 10;

    private static final int ATTEMPTS = 40;

    private TopicInitializer() {}

    /**
     * Creates missing topics, and checks that existing ones accept the largest event.
     *
     * @param maxEvent the number of bytes of the largest event
     * @return fails if Kafka is unavailable, or a topic's limit is too low
     */
    public static Future<Void> ensure(Vertx vertx, QueueSettings settings, int maxEvent) {
        KafkaAdminClient admin = KafkaAdminClient.create(
                vertx, settings.kafka().with(Map.of("request.timeout.ms", "5000", "default.api.timeout.ms", "15000")));
        return admin.listTopics()
                .compose(there -> create(admin, settings, there))
                .compose(created -> onceKnown(
                        vertx,
                        () -> admin.describeConfigs(TOPICS.stream()
                                .map(topic -> new ConfigResource(
                                        org.apache.kafka.common.config.ConfigResource.Type.TOPIC, topic))
                                .toList())))
                .recover(error -> Future.failedFuture(new IllegalStateException(
                        settings.kafka() + " can't be asked for its topics: " + error.getMessage(), error)))
                .compose(configs -> tooSmall(configs, maxEvent))
                .eventually(admin::close);
    }

    /** Asks again for up to half a minute: a broker that is asked may not know yet of a topic that was just created. */
    static <T> Future<T> onceKnown(Vertx vertx, Supplier<Future<T>> ask) {
        Backoff backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(1), ThreadLocalRandom.current());
        AtomicInteger attempts = new AtomicInteger();
        return new Retry(
                        vertx,
                        backoff,
                        error -> is(UnknownTopicOrPartitionException.class, error)
                                && attempts.incrementAndGet() < ATTEMPTS)
                .run("questions about topics", ask);
    }

    /** A topic that an operator created accepts records of 1 MiB by default. */
    private static Future<Void> tooSmall(Map<ConfigResource, Config> configs, int maxEvent) {
        List<String> small = new ArrayList<>();
        configs.forEach((topic, config) -> config.getEntries().stream()
                .filter(entry -> entry.getName().equals(MAX_BYTES))
                .filter(entry -> Long.parseLong(entry.getValue()) < minBytes(topic.getName(), maxEvent))
                .forEach(entry -> small.add("topic " + topic.getName() + " takes records of at most " + entry.getValue()
                        + " bytes, and an event with all that goes with it may have "
                        + minBytes(topic.getName(), maxEvent) + ": raise its " + MAX_BYTES
                        + ", or lower ingest.event.max and the types' max")));
        Collections.sort(small);
        return small.isEmpty()
                ? Future.succeededFuture()
                : Future.failedFuture(new IllegalStateException("Kafka: " + String.join("; ", small)));
    }

    /**
     * The bytes that a topic's records may need: the event, its envelope in the wire form, and {@link RetryHeaders}.
     */
    static int minBytes(String topic, int maxEvent) {
        return maxEvent + ENVELOPE + (topic.equals(Topics.EVENTS) ? 0 : HEADERS);
    }

    private static Future<Void> create(KafkaAdminClient admin, QueueSettings settings, Set<String> there) {
        List<NewTopic> missing = TOPICS.stream()
                .filter(topic -> !there.contains(topic))
                .map(topic -> new NewTopic(topic, settings.partitions(), (short) settings.replicas())
                        .setConfig(Map.of(
                                MAX_BYTES, String.valueOf(maxBytes(topic)),
                                IN_SYNC, String.valueOf(inSync(settings.replicas())))))
                .toList();
        if (missing.isEmpty()) {
            return Future.succeededFuture();
        }
        return admin.createTopics(missing)
                // Another node was first.
                .recover(error ->
                        is(TopicExistsException.class, error) ? Future.succeededFuture() : Future.failedFuture(error));
    }

    /** Retry and dead-letter records must fit, although {@link RetryHeaders} make them larger. */
    static int maxBytes(String topic) {
        return topic.equals(Topics.EVENTS) ? Topics.MAX_MESSAGE : Topics.MAX_MESSAGE + HEADERS;
    }

    /** How many replicas must have an event before it counts as queued: two, if one broker may be missing nevertheless. */
    static int inSync(int replicas) {
        return replicas > 2 ? 2 : 1;
    }

    private static boolean is(Class<? extends ApiException> kind, Throwable error) {
        return kind.isInstance(error) || kind.isInstance(error.getCause());
    }
}
