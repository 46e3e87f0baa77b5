package io.millrace.queue;

import io.millrace.contracts.Topics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.admin.KafkaAdminClient;
import io.vertx.kafka.admin.NewTopic;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Creates the topics that aren't there. */
final class TopicSetup {
    private static final int HEADERS = 64 << 10;

    private TopicSetup() {}

    static Future<Void> ensure(Vertx vertx, QueueSettings settings) {
        KafkaAdminClient admin = KafkaAdminClient.create(
                vertx,
                Map.of(
                        "bootstrap.servers",
                        settings.kafka(),
                        "request.timeout.ms",
                        "5000",
                        "default.api.timeout.ms",
                        "15000"));
        return admin.listTopics()
                .compose(there -> create(admin, settings, there))
                .eventually(admin::close)
                .recover(error -> Future.failedFuture(new IllegalStateException(
                        "Kafka at " + settings.kafka() + " can't be asked for its topics: " + error.getMessage(),
                        error)));
    }

    private static Future<Void> create(KafkaAdminClient admin, QueueSettings settings, Set<String> there) {
        List<NewTopic> missing = List.of(Topics.EVENTS, Topics.RETRY, Topics.DEAD).stream()
                .filter(topic -> !there.contains(topic))
                .map(topic -> new NewTopic(topic, settings.partitions(), (short) settings.replicas())
                        .setConfig(Map.of("max.message.bytes", String.valueOf(maxBytes(topic)))))
                .toList();
        if (missing.isEmpty()) {
            return Future.succeededFuture();
        }
        return admin.createTopics(missing)
                .recover(error ->
                        TopicSetup.existsAlready(error) ? Future.succeededFuture() : Future.failedFuture(error));
    }

    /** What is put aside must fit, however large it was: it has grown by the headers of {@link Trail}. */
    static int maxBytes(String topic) {
        return topic.equals(Topics.EVENTS) ? Topics.MAX_MESSAGE : Topics.MAX_MESSAGE + HEADERS;
    }

    /** Another node was faster. */
    private static boolean existsAlready(Throwable error) {
        return error instanceof org.apache.kafka.common.errors.TopicExistsException
                || error.getCause() instanceof org.apache.kafka.common.errors.TopicExistsException;
    }
}
