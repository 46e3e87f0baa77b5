package io.millrace.queue.deadletter;

import static io.millrace.queue.DatabaseFixture.done;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.DomainModel;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.millrace.queue.DatabaseFixture;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgBuilder;
import io.vertx.pgclient.PgConnectOptions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How operators hear of dead letters, however many there are. */
@Timeout(60)
class DeadLetterAlertsTest {
    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final Vertx vertx = Vertx.vertx();
    private final Bus bus = new Bus(vertx, Duration.ofSeconds(20));
    private final List<JsonObject> told = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private volatile boolean router = true;
    private DeadLetterAlerts alerts;

    @BeforeEach
    void begin() throws Exception {
        POSTGRES.texts("delete from dead_letters returning id");
        DomainModel domains = DomainModel.parse(
                "pack.yaml",
                """
                domain: test
                namespaces: { system: { stream: system } }
                types: { "system:alert": { namespace: system, priority: critical } }
                roles: { admin: { see: ["*"] } }
                """);
        done(bus.serve(Addresses.ROUTE, batch -> {
            batch.events()
                    .forEach(event -> told.add(new JsonObject(Buffer.buffer(event.data())).put("id", event.id())));
            return Future.succeededFuture(
                    new Outcomes(batch.events().stream().map(this::outcome).toList()));
        }));
        alerts = new DeadLetterAlerts(
                bus,
                PgBuilder.pool()
                        .connectingTo(PgConnectOptions.fromUri(POSTGRES.uri()))
                        .using(vertx)
                        .build(),
                domains.type(SystemAlerts.TYPE),
                nanos::get);
    }

    private Outcome outcome(Event event) {
        return router
                ? Outcome.of(Outcome.Status.QUEUED, event)
                : Outcome.failed(event.id(), Failure.UNAVAILABLE, "not now");
    }

    @AfterEach
    void end() throws Exception {
        done(vertx.close());
    }

    @Test
    void tenThousandLettersOfOneMistakeAreTwoAlerts() throws Exception {
        die("rule", 1);
        look();
        die("rule", 10_000);
        die("other", 1);
        look();
        assertEquals(List.of("rule 1", "other 1"), told());
        passes(DeadLetterAlerts.QUIET.minusNanos(1));
        look();
        assertEquals(2, told.size());
        passes(Duration.ofNanos(1));
        look();
        assertEquals(List.of("rule 1", "other 1", "rule 10000"), told());
        List<String> ids = POSTGRES.texts("select id from dead_letters where fingerprint = 'rule' order by id");
        assertEquals(ids.get(1), "" + told.get(2).getLong("deadLetter"));
        assertEquals(ids.get(10_000), "" + told.get(2).getLong("lastDeadLetter"));
        String message = told.get(2).getString("message");
        assertTrue(message.endsWith("no such customer; and 9999 more that are alike"), message);
        assertEquals(List.of(), untold());
    }

    @Test
    void ofManyMistakesEachIsToldAtOnce() throws Exception {
        for (int i = 0; i < 250; i++) {
            die("mistake " + i, 2);
        }
        look();
        await().until(() -> told.size() == 250);
        assertTrue(told.stream().allMatch(alert -> alert.getLong("letters") == 2));
        await().until(() -> untold().isEmpty());
    }

    @Test
    void whatCouldNotBeToldIsToldLaterByTheSameId() throws Exception {
        router = false;
        die("rule", 3);
        look();
        assertEquals(3, untold().size());
        router = true;
        die("rule", 1);
        look();
        assertEquals(List.of("rule 3", "rule 4"), told());
        assertEquals(told.get(0).getString("id"), told.get(1).getString("id"));
        assertEquals(List.of(), untold());
    }

    @Test
    void aLongMessageLeavesRoomForTheNumber() throws Exception {
        POSTGRES.texts(letters("x".repeat(3_000), "long", 7));
        look();
        String message = told.get(0).getString("message");
        assertEquals(2_000, message.length());
        assertTrue(message.endsWith("; and 6 more that are alike"), message);
    }

    private List<String> told() {
        return told.stream()
                .map(alert -> alert.getString("fingerprint") + " " + alert.getLong("letters"))
                .toList();
    }

    private static List<String> untold() throws Exception {
        return POSTGRES.texts("select id from dead_letters where not alerted");
    }

    private void passes(Duration time) {
        nanos.addAndGet(time.toNanos());
    }

    private void look() {
        alerts.look();
        await().until(alerts::idle);
    }

    private static void die(String fingerprint, int letters) throws Exception {
        POSTGRES.texts(letters("no such customer", fingerprint, letters));
    }

    private static String letters(String message, String fingerprint, int letters) {
        return """
                insert into dead_letters (origin_topic, origin_partition, origin_offset, origin_at, event_id, source, type,
                  stream, code, message, fingerprint, stage, attempts, headers, record, first_failed_at, died_at, alerted)
                select 't', 0, coalesce((select max(origin_offset) from dead_letters), 0) + n, now(), 'e' || n, 'shop',
                  'a:b', 'notes', 'invalid_event', '%s', '%s', 'queue', 5, '[]', '', now(), now(), false
                from generate_series(1, %d) n returning id"""
                .formatted(message, fingerprint, letters);
    }
}
