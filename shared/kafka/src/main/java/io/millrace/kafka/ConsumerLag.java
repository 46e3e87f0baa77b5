package io.millrace.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures how many records a consumer group hasn't processed yet: of all partitions, including those that no node
 * consumes, so every node reports the same. Uses a client of its own, since the consumer's blocks while it polls. Owned
 * by the event loop that made it.
 */
public final class ConsumerLag {
    private static final Logger LOG = LoggerFactory.getLogger(ConsumerLag.class);
    private static final int ASK_EVERY_MS = 2_000;
    private static final int TIMEOUT_MS = 5_000;
    private final String group;
    private final Set<String> topics;
    private final AdminPoller kafka;
    private volatile @Nullable String problem;
    /** NaN while it is unknown: an old figure would look like a queue that doesn't move. */
    private volatile double lag = Double.NaN;

    /**
     * @param client where Kafka is and how to get in, as Kafka's own clients name it
     */
    public ConsumerLag(Vertx vertx, Map<String, String> client, String group, Set<String> topics) {
        this.group = group;
        this.topics = topics;
        this.kafka = new AdminPoller(vertx, client, ASK_EVERY_MS, TIMEOUT_MS, this::ask);
    }

    /** In records, 0 or more; NaN while Kafka is unavailable, or one of the topics is missing. Safe from any thread. */
    public double records() {
        return lag;
    }

    /** Why the lag isn't known; null if it is, or nothing was answered yet. Safe from any thread. */
    public @Nullable String problem() {
        return problem;
    }

    public Future<Void> close() {
        return kafka.close();
    }

    private Future<?> ask() {
        return partitions().compose(this::lag).onComplete(done -> {
            lag = done.succeeded() ? done.result() : Double.NaN;
            String why = done.failed()
                    ? "the lag of group " + group + " is unknown: "
                            + done.cause().getMessage()
                    : null;
            if (why != null && problem == null) {
                LOG.warn(why);
            }
            problem = why;
        });
    }

    private Future<List<TopicPartition>> partitions() {
        List<Future<TopicDescription>> described = new ArrayList<>();
        kafka.admin()
                .describeTopics(topics)
                .topicNameValues()
                .forEach((topic, description) -> described.add(kafka.future(description)
                        .recover(error -> Future.failedFuture(
                                error instanceof UnknownTopicOrPartitionException
                                        ? new UnknownTopicOrPartitionException("there is no topic " + topic)
                                        : error))));
        return Future.all(described).map(all -> described.stream()
                .flatMap(found -> partitions(found.result()))
                .toList());
    }

    private static Stream<TopicPartition> partitions(TopicDescription topic) {
        return topic.partitions().stream().map(info -> new TopicPartition(topic.name(), info.partition()));
    }

    private Future<Double> lag(List<TopicPartition> partitions) {
        var done = kafka.future(kafka.admin().listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        var begins = offsets(partitions, OffsetSpec.earliest());
        var ends = offsets(partitions, OffsetSpec.latest());
        return Future.all(done, begins, ends).map(all -> {
            long sum = 0;
            for (TopicPartition partition : partitions) {
                long from = Math.max(offset(begins.result(), partition), committed(done.result(), partition));
                sum += Math.max(0, offset(ends.result(), partition) - from);
            }
            return (double) sum;
        });
    }

    private Future<Map<TopicPartition, ListOffsetsResultInfo>> offsets(
            List<TopicPartition> partitions, OffsetSpec which) {
        Map<TopicPartition, OffsetSpec> asked =
                partitions.stream().collect(Collectors.toMap(partition -> partition, partition -> which));
        return kafka.future(kafka.admin().listOffsets(asked).all());
    }

    private static long offset(Map<TopicPartition, ListOffsetsResultInfo> offsets, TopicPartition partition) {
        ListOffsetsResultInfo info = offsets.get(partition);
        return info == null ? 0 : info.offset();
    }

    /** The committed offset; 0 if nothing was consumed yet. */
    private static long committed(Map<TopicPartition, OffsetAndMetadata> offsets, TopicPartition partition) {
        OffsetAndMetadata known = offsets.get(partition);
        return known == null ? 0 : known.offset();
    }
}
