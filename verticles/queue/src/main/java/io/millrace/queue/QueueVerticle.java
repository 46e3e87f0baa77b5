package io.millrace.queue;

import io.micrometer.core.instrument.Gauge;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.bus.Topics;
import io.millrace.domain.model.EventType;
import io.millrace.kafka.ConsumerLag;
import io.millrace.kafka.TopicConsumer;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.platform.node.NodeContext;
import io.millrace.platform.node.SettingWarnings;
import io.millrace.platform.node.Stage;
import io.millrace.platform.resilience.Backoff;
import io.millrace.platform.resilience.Retry;
import io.millrace.platform.resilience.StageDrain;
import io.millrace.postgres.PostgresPool;
import io.millrace.queue.commit.QueueMetrics;
import io.millrace.queue.commit.QueuedEventCommitter;
import io.millrace.queue.commit.RetryHeaders;
import io.millrace.queue.commit.RetryPublisher;
import io.millrace.queue.deadletter.DeadLetterActs;
import io.millrace.queue.deadletter.DeadLetterAlerts;
import io.millrace.queue.deadletter.DeadLetterConsumer;
import io.millrace.queue.deadletter.DeadLetterEditor;
import io.millrace.queue.deadletter.DeadLetterRedriver;
import io.millrace.queue.deadletter.DeadLetterRepository;
import io.millrace.queue.deadletter.DeadLetterService;
import io.millrace.queue.kafka.KafkaClientConfig;
import io.millrace.queue.kafka.QueueSearch;
import io.millrace.queue.kafka.TopicDurability;
import io.millrace.queue.kafka.TopicInitializer;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.kafka.client.consumer.KafkaConsumer;
import io.vertx.kafka.client.consumer.KafkaConsumerRecord;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.sqlclient.Pool;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The durable queue's consumers on this node, and its dead letters. All state belongs to one event loop. */
public final class QueueVerticle extends VerticleBase {
    public static final Stage.Kind<QueueSettings> KIND = new Stage.Kind<>(
            "queue", QueueSettings::from, (node, settings) -> Stage.of(new QueueVerticle(node, settings)));

    private static final Logger LOG = LoggerFactory.getLogger(QueueVerticle.class);
    private static final int LOOK_EVERY_MS = 5_000;

    /** One that writes rows, one that counts, the rest for operators' queries. */
    private static final int CONNECTIONS = 4;

    /** Long enough for a count over many rows, shorter than the timeout of the request. */
    private static final Duration STATEMENT_TIMEOUT = Duration.ofSeconds(8);

    /**
     * A filter has many optional conditions: a plan for all of them would use no index. And a node that hangs must not keep
     * the letters that it has locked.
     */
    private static final String SESSION =
            "-c jit=off -c plan_cache_mode=force_custom_plan -c idle_in_transaction_session_timeout=30s";

    private final NodeContext node;
    private final QueueSettings settings;
    private final List<TopicConsumer> readers = new ArrayList<>();
    private final List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private boolean stopping;
    private @Nullable DeadLetterAlerts alerts;
    private @Nullable DeadLetterActs acts;
    private @Nullable ConsumerLag depth;
    private @Nullable TopicDurability durability;

    public QueueVerticle(NodeContext node, QueueSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        return TopicInitializer.ensure(vertx, settings, node.domains().maxEvent())
                .compose(there -> {
                    QueueMetrics meters = new QueueMetrics(node.metrics());
                    Pool pool = new PostgresPool(vertx, settings.postgres())
                            .pool(new PostgresPool.PoolSpec("queue", CONNECTIONS, true, SESSION, STATEMENT_TIMEOUT));
                    DeadLetterRepository table = new DeadLetterRepository(pool);
                    watch(table, meters);
                    measureDepth();
                    checkTopics();
                    return Future.all(read(meters, table, pool), serve(table, pool));
                });
    }

    private void measureDepth() {
        ConsumerLag lag = new ConsumerLag(
                vertx, settings.kafka().client(), KafkaClientConfig.EVENTS_GROUP, Set.of(Topics.EVENTS));
        Gauge.builder("millrace.queue.depth.events", lag, ConsumerLag::records).register(node.metrics());
        depth = lag;
    }

    /** The embedded broker is alone, for development. */
    private void checkTopics() {
        if (!node.embedded()) {
            durability = new TopicDurability(
                    vertx, settings.kafka().client(), new SettingWarnings("Kafka", "kafka-settings", node.health()));
        }
    }

    private Future<?> read(QueueMetrics meters, DeadLetterRepository table, Pool pool) {
        // After the stop, failed events stay in Kafka, for the node that gets the partition next.
        Retry retry = new Retry(vertx, backoff(), error -> {
            meters.waited();
            return !stopping;
        });
        DeadLetterAlerts telling = new DeadLetterAlerts(node.bus(), pool, alertType(), System::nanoTime);
        alerts = telling;
        vertx.setPeriodic(LOOK_EVERY_MS, timer -> telling.look());
        RetryPublisher retryPublisher = new RetryPublisher(
                producer(KafkaClientConfig.PATIENT),
                new RetryPublisher.Attempts(settings.attempts(), settings.retryDelay(), new SecureRandom()),
                Clock.systemUTC(),
                meters);
        QueuedEventCommitter committer =
                new QueuedEventCommitter(node.bus(), retryPublisher, retry, meters, node.tracing());
        QueuedEventCommitter retryCommitter =
                new QueuedEventCommitter(node.bus(), retryPublisher, retry, meters, node.tracing());
        DeadLetterConsumer rows = new DeadLetterConsumer(table, telling, retry, meters, Clock.systemUTC());
        return Future.all(
                node.bus().serve(Addresses.DEAD_LETTER_REPORTS, rows::report).onSuccess(registrations::add),
                reader(Topics.EVENTS, KafkaClientConfig.EVENTS_GROUP, settings.batch(), committer::take),
                reader(Topics.RETRY, KafkaClientConfig.RETRY_GROUP, settings.batch(), retryCommitter::take),
                reader(Topics.DEAD, KafkaClientConfig.DEAD_GROUP, KafkaClientConfig.DEAD_BATCH, rows::take));
    }

    private Future<Void> reader(
            String topic,
            String group,
            int batch,
            Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work) {
        TopicConsumer reader = new TopicConsumer(
                vertx,
                new TopicConsumer.Options(Set.of(topic), RetryHeaders::dueMs, Long.MAX_VALUE, backoff()),
                KafkaConsumer.create(
                        vertx, KafkaClientConfig.consumer(settings.kafka(), group, batch, settings.pollInterval())),
                work);
        readers.add(reader);
        return reader.start();
    }

    private Future<?> serve(DeadLetterRepository table, Pool pool) {
        DeadLetterRedriver redriver = new DeadLetterRedriver(producer(KafkaClientConfig.PROMPT), node.bus());
        DeadLetterActs paced = new DeadLetterActs(vertx, pool, redriver, settings.acts());
        DeadLetterService deadLetters = new DeadLetterService(
                pool, table, redriver, new DeadLetterEditor(node.domains()), paced, settings.acts());
        acts = paced;
        paced.start();
        QueueSearch waiting = new QueueSearch(vertx, settings.kafka(), node.metrics());
        return Future.all(
                        node.bus().serve(Addresses.QUEUE_SEARCH, waiting::find),
                        node.bus().serve(Addresses.DEAD_LETTERS, table::page),
                        node.bus().serve(Addresses.DEAD_LETTER_ACTS, paced::page),
                        node.bus().serve(Addresses.DEAD_LETTER_COMMANDS, deadLetters::execute))
                .onSuccess(all -> registrations.addAll(all.list()));
    }

    /** Reads the number of open dead letters, which is unknown while PostgreSQL is unavailable. */
    private void watch(DeadLetterRepository table, QueueMetrics meters) {
        vertx.setPeriodic(0, LOOK_EVERY_MS, timer -> table.standing()
                .onComplete(done -> meters.standing(done.succeeded() ? done.result() : Double.NaN)));
    }

    /** The type of alerts; null, with a warning, if the packs have none. */
    private @Nullable EventType alertType() {
        EventType type = SystemAlerts.type(node.domains());
        if (type == null) {
            LOG.warn(
                    "dead letters raise no alert: no pack declares the type {} in a stream without a key",
                    SystemAlerts.TYPE);
        }
        return type;
    }

    /** Finishes the batches in progress, except those that wait for a backend: these stay in Kafka. */
    @Override
    public Future<?> stop() {
        stopping = true;
        DeadLetterAlerts telling = alerts;
        DeadLetterActs paced = acts;
        if (paced != null) {
            paced.stop();
        }
        Future<Void> handedBack = Future.join(
                        registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() ->
                        Future.join(readers.stream().map(TopicConsumer::stop).toList()))
                .eventually(() -> StageDrain.await(
                        vertx, () -> (telling == null || telling.idle()) && (paced == null || paced.idle())))
                .mapEmpty();
        Future<Void> counted = depth == null ? handedBack : handedBack.eventually(depth::close);
        Future<Void> checked = durability == null ? counted : counted.eventually(durability::close);
        return checked.eventually(
                () -> Future.join(producers.stream().map(KafkaProducer::close).toList()));
    }

    private Backoff backoff() {
        return new Backoff(Duration.ofMillis(50), settings.backoff(), new SecureRandom());
    }

    private KafkaProducer<byte[], byte[]> producer(int giveUpMs) {
        KafkaProducer<byte[], byte[]> producer =
                KafkaProducer.create(vertx, KafkaClientConfig.producer(settings.kafka(), giveUpMs));
        producers.add(producer);
        return producer;
    }
}
