package io.millrace.sources.kafka;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.kafka.ConsumerLag;
import io.millrace.kafka.KafkaSettings;
import io.millrace.kafka.TopicConsumer;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.sources.intake.SourceIntake;
import io.millrace.sources.intake.SourceMessage;
import io.millrace.sources.intake.SourceMetrics;
import io.millrace.sources.intake.SourceProgress;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This node's member of a source's consumer group. A record's offset is committed after its events are acknowledged, or
 * it is kept as a dead letter; while that is refused for now, the same records are read again. Owned by one event loop.
 */
public final class KafkaSourceConsumer {
    private static final Logger LOG = LoggerFactory.getLogger(KafkaSourceConsumer.class);
    private static final int MAX_RECORDS = 500;
    /** Of the records whose events are published at once. */
    private static final int MAX_BYTES = 1 << 20;
    /** Of one fetch from a broker, of which Kafka's client keeps one ahead. A larger record still comes, alone. */
    private static final int MAX_FETCH = 8 << 20;

    private static final Duration POLL_INTERVAL = Duration.ofMinutes(5);
    private static final Duration MAX_BACKOFF = Duration.ofSeconds(5);
    /** A topic that is made later is found so soon, milliseconds. */
    private static final String FIND_TOPICS = "10000";

    private final Vertx vertx;
    private final KafkaSource source;
    private final NodeContext node;
    private final SourceIntake intake;
    private final SourceProgress progress;
    private final KafkaSettings kafka;
    private final Backoff backoff = new Backoff(Duration.ofMillis(100), MAX_BACKOFF, new SecureRandom());

    private Future<Void> opened = Future.succeededFuture();
    private boolean stopping;
    private @Nullable TopicConsumer consumer;
    private volatile @Nullable ConsumerLag lag;

    /** @param kafka the node's own, for sources that name no other */
    public KafkaSourceConsumer(
            Vertx vertx, KafkaSource source, NodeContext node, SourceIntake intake, KafkaSettings kafka) {
        this.vertx = vertx;
        this.source = source;
        this.node = node;
        this.intake = intake;
        this.progress = new SourceProgress(source.source().name(), this::lag, node.metrics(), Clock.systemUTC());
        this.kafka = kafka;
    }

    /** Begins to read, as soon as Kafka is found. */
    public void start() {
        Retry retry = new Retry(vertx, backoff, error -> !stopping);
        opened = retry.run("the records of source " + source.source().name(), this::open)
                .onFailure(given -> LOG.info(
                        "source {} was stopped before it found Kafka",
                        source.source().name()));
    }

    /** Completes when the records in progress are processed, or given up, and the partitions are released. */
    public Future<?> stop() {
        stopping = true;
        return opened.transform(done -> {
            TopicConsumer reader = consumer;
            ConsumerLag measured = lag;
            return Future.join(
                    reader == null ? Future.succeededFuture() : reader.stop(),
                    measured == null ? Future.succeededFuture() : measured.close());
        });
    }

    private Future<Void> open() {
        Future<Void> begun = source.fromEnd()
                ? vertx.executeBlocking(
                                () -> InitialOffsets.commit(vertx, admin(), source.group(), source.topics()), false)
                        .compose(committed -> committed)
                : Future.succeededFuture();
        // Looks up names, and reads files of keys.
        return begun.compose(ready -> vertx.executeBlocking(
                        () -> new org.apache.kafka.clients.consumer.KafkaConsumer<byte[], byte[]>(config()), false))
                .compose(this::read);
    }

    private Future<Void> read(org.apache.kafka.clients.consumer.KafkaConsumer<byte[], byte[]> kafka) {
        ConsumerLag measured = new ConsumerLag(vertx, admin(), source.group(), source.topics());
        lag = measured;
        TopicConsumer reader = new TopicConsumer(
                vertx,
                new TopicConsumer.Options(source.topics(), record -> 0, MAX_BYTES, backoff),
                KafkaConsumer.create(vertx, kafka),
                this::take);
        consumer = reader;
        return reader.start();
    }

    /** How the source is on this node. Safe from any thread. */
    public TaskStatus status(SourceMetrics metrics) {
        ConsumerLag measured = lag;
        double records = lag();
        TaskStatus.State state = measured == null ? TaskStatus.State.STARTING : TaskStatus.State.RUNNING;
        return metrics.status(
                source.source().name(),
                "kafka",
                state,
                Double.isNaN(records) ? -1 : (long) records,
                measured == null ? "Kafka isn't found yet" : measured.problem());
    }

    private double lag() {
        ConsumerLag known = lag;
        return known == null ? Double.NaN : known.records();
    }

    private Map<String, Object> config() {
        Map<String, Object> config = new HashMap<>(TopicConsumer.config(source.group(), MAX_RECORDS, POLL_INTERVAL));
        config.put("fetch.max.bytes", MAX_FETCH);
        config.put("isolation.level", "read_committed");
        config.put("allow.auto.create.topics", false);
        config.put("metadata.max.age.ms", FIND_TOPICS);
        config.putAll(source.address().config(kafka));
        return config;
    }

    private Map<String, String> admin() {
        return source.address().adminConfig(kafka);
    }

    private Future<Void> take(List<KafkaConsumerRecord<byte[], byte[]>> records) {
        List<SourceMessage> messages = new ArrayList<>(records.size());
        List<Future<Void>> kept = new ArrayList<>(0);
        for (KafkaConsumerRecord<byte[], byte[]> record : records) {
            SourceMessage message = KafkaMessages.message(record, source.key(), node.maxBody());
            int bytes = record.value() == null ? 0 : record.value().length;
            if (bytes > node.maxBody()) {
                kept.add(intake.keep(
                        source.source(),
                        message,
                        new MillraceException(
                                Failure.TOO_LARGE,
                                "the record has " + bytes + " bytes, the most is http.body.max, " + node.maxBody()
                                        + "; it is not kept here, but lies at its offset in Kafka")));
            } else {
                messages.add(message);
            }
        }
        return Future.all(kept)
                .compose(done -> intake.take(source, messages, () -> true))
                .onSuccess(
                        taken -> progress.taken(records.get(records.size() - 1).timestamp()))
                .onFailure(progress::failed);
    }
}
