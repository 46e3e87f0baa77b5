package io.millrace.sources.kafka;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Commits the ends of the topics that a group never read. Kafka's own {@code auto.offset.reset=latest} would begin at
 * the end again whenever nothing is committed yet, or a partition is added, and leave out what was written meanwhile.
 */
final class InitialOffsets {
    /** A node that stops waits as long at most. */
    private static final String TIMEOUT_MS = "5000";

    private static final Duration CLOSE_WITHIN = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final String group;
    private final Set<String> topics;
    private final Admin admin;

    private InitialOffsets(Vertx vertx, Admin admin, String group, Set<String> topics) {
        this.vertx = vertx;
        this.admin = admin;
        this.group = group;
        this.topics = topics;
    }

    /**
     * Completes when each topic that exists has a committed offset. A partition that was added to a topic the group reads
     * is read from its beginning, as is a topic that is made later.
     *
     * @param client where Kafka is and how to get in, as Kafka's own clients name it
     */
    static Future<Void> commit(Vertx vertx, Map<String, String> client, String group, Set<String> topics) {
        Map<String, Object> config = new HashMap<>(client);
        config.put("request.timeout.ms", TIMEOUT_MS);
        config.put("default.api.timeout.ms", TIMEOUT_MS);
        Admin admin = Admin.create(config);
        return new InitialOffsets(vertx, admin, group, topics)
                .commit()
                .eventually(() -> vertx.executeBlocking(
                        () -> {
                            admin.close(CLOSE_WITHIN);
                            return null;
                        },
                        false));
    }

    private Future<Void> commit() {
        var known = future(admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata());
        return Future.all(known, partitions()).compose(all -> {
            Set<String> read = new HashSet<>();
            known.result().forEach((partition, offset) -> {
                if (offset != null) {
                    read.add(partition.topic());
                }
            });
            List<TopicPartition> fresh = new ArrayList<>(all.<List<TopicPartition>>resultAt(1));
            fresh.removeIf(partition -> read.contains(partition.topic()));
            return fresh.isEmpty() ? Future.succeededFuture() : commitEnds(fresh);
        });
    }

    private Future<List<TopicPartition>> partitions() {
        List<TopicPartition> partitions = new ArrayList<>();
        List<Future<Void>> described = new ArrayList<>();
        admin.describeTopics(topics).topicNameValues().forEach((topic, description) -> {
            Future<Void> one = future(description).map(found -> {
                found.partitions().forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
                return null;
            });
            described.add(one.recover(error -> error instanceof UnknownTopicOrPartitionException
                    ? Future.succeededFuture()
                    : Future.failedFuture(error)));
        });
        return Future.all(described).map(all -> partitions);
    }

    private Future<Void> commitEnds(List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> ends = new HashMap<>();
        partitions.forEach(partition -> ends.put(partition, OffsetSpec.latest()));
        return future(admin.listOffsets(ends).all())
                .compose(found -> {
                    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
                    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> end : found.entrySet()) {
                        offsets.put(
                                end.getKey(),
                                new OffsetAndMetadata(end.getValue().offset()));
                    }
                    return future(
                            admin.alterConsumerGroupOffsets(group, offsets).all());
                })
                // Another node of the group reads already, and did the same before.
                .recover(error -> error instanceof UnknownMemberIdException
                        ? Future.succeededFuture()
                        : Future.failedFuture(error));
    }

    private <T> Future<T> future(KafkaFuture<T> asked) {
        return Future.fromCompletionStage(asked.toCompletionStage(), vertx.getOrCreateContext());
    }
}
