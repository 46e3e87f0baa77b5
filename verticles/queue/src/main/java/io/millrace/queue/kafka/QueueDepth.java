package io.millrace.queue.kafka;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.millrace.contracts.bus.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;

/**
 * Measures the number of events in the queue: of all partitions, including those that no node consumes, so every node
 * reports the same. Uses a client of its own, since the consumer's blocks while it polls. Owned by the queue verticle's
 * event loop.
 */
public final class QueueDepth {
    private static final int ASK_EVERY_MS = 2_000;
    private static final String TIMEOUT_MS = "5000";
    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final String group;
    private final Admin admin;
    private boolean asking;
    /** NaN while Kafka is unavailable: an old figure would look like a queue that doesn't move. */
    private volatile double depth = Double.NaN;

    public QueueDepth(Vertx vertx, MeterRegistry metrics, String kafka, String group) {
        this.vertx = vertx;
        this.group = group;
        this.admin = Admin.create(Map.of(
                "bootstrap.servers", kafka, "request.timeout.ms", TIMEOUT_MS, "default.api.timeout.ms", TIMEOUT_MS));
        Gauge.builder("millrace.queue.depth.events", this, known -> known.depth).register(metrics);
        vertx.setPeriodic(0, ASK_EVERY_MS, timer -> ask());
    }

    public Future<Void> close() {
        return vertx.executeBlocking(
                () -> {
                    admin.close(CLOSE_WITHIN);
                    return null;
                },
                false);
    }

    private void ask() {
        if (asking) {
            return;
        }
        asking = true;
        partitions().compose(this::depth).onComplete(done -> {
            asking = false;
            depth = done.succeeded() ? done.result() : Double.NaN;
        });
    }

    private Future<List<TopicPartition>> partitions() {
        return future(admin.describeTopics(List.of(Topics.EVENTS)).allTopicNames())
                .map(topics ->
                        topics.values().stream().flatMap(QueueDepth::partitions).toList());
    }

    private static Stream<TopicPartition> partitions(TopicDescription topic) {
        return topic.partitions().stream().map(info -> new TopicPartition(topic.name(), info.partition()));
    }

    private Future<Double> depth(List<TopicPartition> partitions) {
        var done = future(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
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
        return future(admin.listOffsets(asked).all());
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

    private <T> Future<T> future(KafkaFuture<T> asked) {
        return Future.fromCompletionStage(asked.toCompletionStage(), vertx.getOrCreateContext());
    }
}
