package io.millrace.queue.deadletter;

import static io.millrace.queue.DatabaseFixture.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterCommand;
import io.millrace.contracts.deadletter.DeadLetterCommand.Kind;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.platform.bus.Bus;
import io.millrace.queue.DatabaseFixture;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.kafka.client.producer.KafkaProducer;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import io.vertx.sqlclient.SqlConnection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Steps of acts with a pace that can't be taken, over a real PostgreSQL and a Kafka that is away when the test says so. */
@Tag("slow")
@Timeout(60)
class PacedStepsTest {
    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final Vertx vertx = Vertx.vertx();
    private final Context loop = vertx.getOrCreateContext();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(20));
    private final AtomicInteger tries = new AtomicInteger();
    private volatile boolean away;

    private final DeadLetterActs acts = new DeadLetterActs(
            vertx,
            PgBuilder.pool()
                    .connectingTo(PgConnectOptions.fromUri(POSTGRES.uri())
                            .addProperty("options", "-c plan_cache_mode=force_custom_plan -c statement_timeout=8000"))
                    .using(vertx)
                    .build(),
            new DeadLetterRedriver(KafkaProducer.create(vertx, new Producer()), bus),
            100);

    /** Refuses all records while Kafka is away. */
    private final class Producer extends MockProducer<byte[], byte[]> {
        Producer() {
            super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
        }

        @Override
        public synchronized java.util.concurrent.Future<RecordMetadata> send(
                ProducerRecord<byte[], byte[]> record, Callback told) {
            tries.incrementAndGet();
            sendException = away ? new TimeoutException("away") : null;
            return super.send(record, told);
        }
    }

    @BeforeEach
    void begin() throws Exception {
        done(bus.serve(
                Addresses.SOURCE_MESSAGES,
                letter -> Future.failedFuture(new MillraceException(Failure.NOT_FOUND, "that source is gone"))));
    }

    @AfterEach
    void end() throws Exception {
        acts.stop();
        await().until(acts::idle);
        done(vertx.close());
        POSTGRES.texts("truncate dead_letters, dead_letter_acts");
    }

    /** Letters of these stages, in this order; completes with the first's id. */
    private static long letters(String fingerprint, String... stages) throws Exception {
        return Long.parseLong(POSTGRES.texts("insert into dead_letters (origin_topic, origin_partition, origin_offset,"
                        + " origin_at, source, stream, code, message, fingerprint, stage, attempts, headers, record,"
                        + " first_failed_at, died_at, alerted) select '" + fingerprint
                        + "', 0, n, now(), 'gone', 's', 'c',"
                        + " 'm', '" + fingerprint + "', stage, 5, '[]', '\\x7b', now(), now(), true from unnest(array['"
                        + String.join("', '", stages)
                        + "']) with ordinality as given (stage, n) order by n returning id")
                .get(0));
    }

    private void begin(Kind kind, String fingerprint) throws Exception {
        DeadLetterFilter filter = new DeadLetterFilter(
                List.of(), null, null, null, fingerprint, DeadLetterFilter.EVER, DeadLetterFilter.NEVER, null);
        DeadLetterCommand act = new DeadLetterCommand(kind, filter, "op", false, null, 100);
        Promise<Void> begun = Promise.promise();
        loop.runOnContext(now -> acts.begin(act, 1).onComplete(begun));
        done(begun.future());
    }

    private static String act(String fingerprint, String columns) throws Exception {
        return POSTGRES.texts("select concat_ws(' ', " + columns + ") from dead_letter_acts"
                        + " where filter ->> 'fingerprint' = '" + fingerprint + "'")
                .get(0);
    }

    private static void awaitAct(String fingerprint, String columns, String expected) {
        await().until(() -> act(fingerprint, columns), expected::equals);
    }

    private static final String WAITS = "due_at > now() + interval '2 seconds'";

    @Test
    void anActWhoseLetterIsHeldSaysSoAndWaitsWhileOthersGoOn() throws Exception {
        long held = letters("held", "queue", "queue");
        letters("free", "queue", "queue");
        SqlConnection other = POSTGRES.hold("select from dead_letters where id = " + held + " for update");

        begin(Kind.DISCARD, "held");
        awaitAct("held", "state, problem", "running another command or session holds one of its letters");
        assertEquals("true", act("held", "(" + WAITS + ")::text"));
        begin(Kind.DISCARD, "free");
        awaitAct("free", "state, letters", "done 2");
        assertEquals("running 0", act("held", "state, letters"));

        done(other.query("rollback").execute());
        done(other.close());
        awaitAct("held", "state, letters, problem", "done 2");
    }

    @Test
    void anActOfANewerReleaseSaysSoAndWaitsWhileOthersGoOn() throws Exception {
        letters("newer", "queue");
        letters("known", "queue");
        begin(Kind.DISCARD, "known");
        awaitAct("known", "state", "done");
        POSTGRES.texts("insert into dead_letter_acts (by, act, filter, letters, pace, state, matched, refused, at_id,"
                + " last_id, due_at) values ('op', 'forget', '{\"fingerprint\":\"newer\"}', 0, 1, 'running', 1, 0, 0,"
                + " 1000, now()) returning id");
        awaitAct("newer", "state, problem", "running a node's release doesn't know the act forget");
        assertEquals("true", act("newer", "(" + WAITS + ")::text"));
    }

    @Test
    void whileKafkaIsAwayARefusalBehindWhatIsLeftIsNotCountedAndTheActWaits() throws Exception {
        away = true;
        letters("mixed", "queue", "sources", "queue", "queue");

        begin(Kind.REDRIVE, "mixed");
        await().until(() -> !act("mixed", "problem").isEmpty());

        assertEquals("running 0 0 true", act("mixed", "state, letters, refused, (" + WAITS + ")::text"));
        assertEquals(1, tries.get(), "each try blocks the producer");
        away = false;
        awaitAct("mixed", "state, letters, refused, problem", "done 3 1 that source is gone");
    }
}
