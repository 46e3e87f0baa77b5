package io.millrace.systemtests.environment;

import io.millrace.contracts.bus.Topics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/** What {@code kafka-consumer-groups.sh --reset-offsets --to-datetime} does to the groups of the queue. */
public final class QueueReplay {
    private static final Map<String, String> TOPICS = Map.of(
            "millrace-queue", Topics.EVENTS, "millrace-queue-retry", Topics.RETRY, "millrace-queue-dead", Topics.DEAD);

    private QueueReplay() {}

    /**
     * The queue reads again what came since a time. No node may run.
     *
     * @param sinceMs milliseconds since 1970 UTC
     */
    public static void since(String bootstrap, long sinceMs) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
            for (Map.Entry<String, String> group : TOPICS.entrySet()) {
                List<TopicPartition> partitions = admin
                        .describeTopics(List.of(group.getValue()))
                        .allTopicNames()
                        .get()
                        .get(group.getValue())
                        .partitions()
                        .stream()
                        .map(partition -> new TopicPartition(group.getValue(), partition.partition()))
                        .toList();
                var at = admin.listOffsets(partitions.stream()
                                .collect(Collectors.toMap(each -> each, each -> OffsetSpec.forTimestamp(sinceMs))))
                        .all()
                        .get();
                var ends = admin.listOffsets(partitions.stream()
                                .collect(Collectors.toMap(each -> each, each -> OffsetSpec.latest())))
                        .all()
                        .get();
                admin.alterConsumerGroupOffsets(
                                group.getKey(),
                                partitions.stream()
                                        .collect(Collectors.toMap(
                                                each -> each,
                                                // Without a later record: -1.
                                                each -> new OffsetAndMetadata(
                                                        at.get(each).offset() < 0
                                                                ? ends.get(each).offset()
                                                                : at.get(each).offset()))))
                        .all()
                        .get();
            }
        } catch (ExecutionException problem) {
            throw new IllegalStateException(problem);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(interrupted);
        }
    }
}
