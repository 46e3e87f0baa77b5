package io.millrace.queue;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Topics;
import io.millrace.contracts.domain.EventType;
import io.millrace.platform.Backoff;
import io.millrace.platform.Bus;
import io.millrace.platform.Idle;
import io.millrace.platform.Node;
import io.millrace.platform.Stage;
import io.vertx.core.Deployable;
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
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The durable queue's consumers on this node, and its dead letters. All state belongs to one event loop. */
public final class QueueVerticle extends VerticleBase {
    public static final Stage.Kind<QueueSettings> KIND =
            new Stage.Kind<>("queue", QueueSettings::from, (node, settings) -> new Stage() {
                @Override
                public Deployable verticle() {
                    return new QueueVerticle(node, settings);
                }
            });

    private static final Logger LOG = LoggerFactory.getLogger(QueueVerticle.class);
    private static final int LOOK_EVERY_MS = 5_000;

    private final Node node;
    private final QueueSettings settings;
    private final List<TopicReader> readers = new ArrayList<>();
    private final List<KafkaProducer<byte[], byte[]>> producers = new ArrayList<>();
    private final List<Bus.Registration> registrations = new ArrayList<>();
    private @Nullable Patience patience;
    private @Nullable Alerts alerts;
    private @Nullable QueueDepth depth;

    QueueVerticle(Node node, QueueSettings settings) {
        this.node = node;
        this.settings = settings;
    }

    @Override
    public Future<?> start() {
        return TopicSetup.ensure(vertx, settings, node.domains().maxEvent()).compose(there -> {
            QueueMeters meters = new QueueMeters(node.metrics());
            Pool pool = Clients.pool(vertx, settings);
            DeadLetterTable table = new DeadLetterTable(pool);
            watch(table, meters);
            depth = new QueueDepth(vertx, node.metrics(), settings.kafka(), Clients.EVENTS_GROUP);
            return Future.all(read(meters, table, pool), serve(table, pool));
        });
    }

    private Future<?> read(QueueMeters meters, DeadLetterTable table, Pool pool) {
        Patience waiting = new Patience(vertx, backoff(), meters);
        Alerts telling = new Alerts(node.bus(), pool, alertType());
        patience = waiting;
        alerts = telling;
        vertx.setPeriodic(LOOK_EVERY_MS, timer -> telling.look());
        Aside aside = new Aside(
                producer(Clients.PATIENT),
                new Aside.Attempts(settings.attempts(), settings.retryDelay(), new SecureRandom()),
                Clock.systemUTC(),
                meters);
        EventCommits first = new EventCommits(node.bus(), aside, waiting, meters);
        EventCommits again = new EventCommits(node.bus(), aside, waiting, meters);
        DeadLetterRows rows = new DeadLetterRows(table, telling, waiting, meters);
        return Future.all(
                reader(Topics.EVENTS, Clients.EVENTS_GROUP, settings.batch(), first::take),
                reader(Topics.RETRY, Clients.RETRY_GROUP, settings.batch(), again::take),
                reader(Topics.DEAD, Clients.DEAD_GROUP, Clients.DEAD_BATCH, rows::take));
    }

    private Future<Void> reader(
            String topic,
            String group,
            int batch,
            Function<List<KafkaConsumerRecord<byte[], byte[]>>, Future<Void>> work) {
        TopicReader reader = new TopicReader(
                vertx,
                topic,
                KafkaConsumer.create(vertx, Clients.consumer(settings.kafka(), group, batch, settings.pollInterval())),
                backoff(),
                work);
        readers.add(reader);
        return reader.start();
    }

    private Future<?> serve(DeadLetterTable table, Pool pool) {
        DeadLetterDesk desk = new DeadLetterDesk(
                pool, table, new Redrive(producer(Clients.PROMPT)), new Edits(node.domains()), settings.acts());
        Waiting waiting = new Waiting(vertx, settings.kafka(), node.metrics());
        return Future.all(
                        node.bus().serve(Addresses.WAITING, waiting::find),
                        node.bus().serve(Addresses.DEAD_LETTERS, table::page),
                        node.bus().serve(Addresses.DEAD_LETTER_ACTS, desk::act))
                .onSuccess(all -> registrations.addAll(all.list()));
    }

    /** While PostgreSQL doesn't say how many stand, nobody knows. */
    private void watch(DeadLetterTable table, QueueMeters meters) {
        vertx.setPeriodic(0, LOOK_EVERY_MS, timer -> table.standing()
                .onComplete(done -> meters.standing(done.succeeded() ? done.result() : Double.NaN)));
    }

    /** Null, and said so, if the packs have no type that an alert could be of. */
    private @Nullable EventType alertType() {
        EventType type = node.domains().type(Alerts.TYPE);
        if (type == null || type.namespace().stream().keyed()) {
            LOG.warn("nobody is told of dead letters: no pack has the type {} in one stream", Alerts.TYPE);
            return null;
        }
        return type;
    }

    /** Finishes what is under way, what waits for the world excepted: that stays in Kafka. */
    @Override
    public Future<?> stop() {
        if (patience != null) {
            patience.stop();
        }
        Alerts telling = alerts;
        Future<Void> handedBack = Future.join(
                        registrations.stream().map(Bus.Registration::close).toList())
                .eventually(() ->
                        Future.join(readers.stream().map(TopicReader::stop).toList()))
                .eventually(() -> Idle.await(vertx, () -> telling == null || telling.idle()))
                .mapEmpty();
        Future<Void> counted = depth == null ? handedBack : handedBack.eventually(depth::close);
        return counted.eventually(
                () -> Future.join(producers.stream().map(KafkaProducer::close).toList()));
    }

    private Backoff backoff() {
        return new Backoff(Duration.ofMillis(50), settings.backoff(), new SecureRandom());
    }

    private KafkaProducer<byte[], byte[]> producer(int giveUpMs) {
        KafkaProducer<byte[], byte[]> producer =
                KafkaProducer.create(vertx, Clients.producer(settings.kafka(), giveUpMs));
        producers.add(producer);
        return producer;
    }
}
