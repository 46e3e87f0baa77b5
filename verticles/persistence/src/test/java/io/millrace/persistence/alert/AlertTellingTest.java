package io.millrace.persistence.alert;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.alert.ActiveAlert;
import io.millrace.contracts.alert.AlertCommand;
import io.millrace.contracts.alert.AlertMarks;
import io.millrace.contracts.alert.AlertReport;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.domain.DomainModel;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.platform.alert.ReportedAlerts;
import io.millrace.platform.bus.Bus;
import io.millrace.platform.delivery.SystemAlerts;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Alerts in a real PostgreSQL: two nodes tell each of them once, and what operators say of them is kept and recorded. */
@Timeout(120)
@SuppressWarnings("NullAway.Init")
class AlertTellingTest {
    private static final String PACK =
            """
            domain: system
            namespaces: { system: { stream: system } }
            types: { "system:alert": { namespace: system, message: alert } }
            roles: { admin: { see: ["*"] } }
            """;

    private static final ActiveAlert KAFKA = new ActiveAlert("breaker-open", "kafka", 1_000_000, "kafka is gone");

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    private final List<Event> told = new CopyOnWriteArrayList<>();
    private final List<AlertTelling> tellings = new ArrayList<>();
    private Vertx vertx;
    private Bus bus;
    private Pool pool;
    private AlertMarkStore marks;
    /** What the answer to the next event waits for. */
    private volatile Future<Void> held = Future.succeededFuture();

    @BeforeEach
    void two() throws Exception {
        vertx = Vertx.vertx();
        bus = new Bus(vertx, Duration.ofSeconds(10));
        pool = NODES.pool();
        marks = new AlertMarkStore(pool);
        NODES.await(pool.query("truncate alerts, alert_silences, alert_acts").execute());
        NODES.await(bus.serve(Addresses.ROUTE, batch -> {
            told.addAll(batch.events());
            Outcomes outcomes =
                    new Outcomes(List.of(Outcome.committed(batch.events().get(0), new Position("e", 1))));
            Future<Void> before = held;
            held = Future.succeededFuture();
            return before.map(outcomes);
        }));
        DomainModel domains = DomainModel.parse("pack.yaml", PACK);
        for (int i = 0; i < 2; i++) {
            ReportedAlerts reports = new ReportedAlerts(System::nanoTime);
            NODES.await(reports.listen(bus));
            SystemAlerts events = new SystemAlerts(vertx, bus, SystemAlerts.type(domains), "millrace/alerts");
            tellings.add(new AlertTelling(pool, events, reports));
        }
    }

    @AfterEach
    void close() throws Exception {
        NODES.await(pool.close());
        NODES.await(vertx.close());
    }

    /** Both nodes look, again and again, until something is so. */
    private void lookUntil(java.util.function.BooleanSupplier fact) {
        lookUntil(tellings, fact);
    }

    private void lookUntil(List<AlertTelling> some, java.util.function.BooleanSupplier fact) {
        Awaitility.await().pollInterval(20, TimeUnit.MILLISECONDS).until(() -> {
            vertx.runOnContext(now -> some.forEach(AlertTelling::look));
            return fact.getAsBoolean();
        });
    }

    private void report(ActiveAlert... alerts) {
        bus.publish(Addresses.ALERTS, new AlertReport("a/1", 0, false, List.of(alerts)));
    }

    private List<String> states() {
        return told.stream().map(event -> data(event).path("state").asText()).toList();
    }

    private static JsonNode data(Event event) {
        try {
            return new ObjectMapper().readTree(event.data());
        } catch (IOException unreadable) {
            throw new AssertionError(unreadable);
        }
    }

    private long rows() {
        try {
            return NODES.count("select count(*) from alerts");
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private AlertMarks command(AlertCommand.Kind kind) throws Exception {
        return NODES.await(marks.command(new AlertCommand(
                kind,
                "breaker-open",
                "kafka",
                TimeUnit.MILLISECONDS.toMicros(System.currentTimeMillis() + 60_000),
                "known",
                "op")));
    }

    @Test
    void anAlertIsTheSameEventWhicheverNodeTellsItAndItsEndIsAnother() {
        report(KAFKA);
        lookUntil(() -> !told.isEmpty() && count("told") == 1);
        assertEquals(1, told.stream().map(Event::id).distinct().count());
        JsonNode raised = data(told.get(0));
        assertEquals("breaker open: kafka", raised.path("title").asText());
        assertEquals("kafka is gone", raised.path("message").asText());
        assertEquals("shared/docs/alerts.md#breaker-open", raised.path("guide").asText());
        assertEquals("1970-01-01T00:00:01Z", raised.path("since").asText());
        int before = told.size();

        report(KAFKA);
        report();
        lookUntil(() -> rows() == 0);
        assertEquals(
                List.of("resolved"),
                states().subList(before, told.size()).stream().distinct().toList());
        assertEquals(2, told.stream().map(Event::id).distinct().count());
    }

    private long count(String condition) {
        try {
            return NODES.count("select count(*) from alerts where " + condition);
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    @Test
    void theFailureOfASourceIsToldByItsLeaseAndHereOnlyItsEndThoughItIsSilenced() throws Exception {
        NODES.await(marks.command(new AlertCommand(
                AlertCommand.Kind.SILENCE, "source-failing", "shop", Long.MAX_VALUE / 1_000, null, "op")));
        report(new ActiveAlert("source-failing", "shop", 1, "It is failing"));
        lookUntil(() -> count("told") == 1);
        report();
        lookUntil(() -> rows() == 0);
        assertEquals(List.of("resolved"), states().stream().distinct().toList());
    }

    @Test
    void aSilencedAlertIsToldWhenTheSilenceEndsAndNotAtAllIfItEndsBefore() throws Exception {
        command(AlertCommand.Kind.SILENCE);
        report(KAFKA);
        lookUntil(() -> rows() == 1);
        ActiveAlert other = new ActiveAlert("queue-age", "", 1, "slow");
        report(KAFKA, other);
        lookUntil(() -> count("told") == 1);
        assertEquals(
                List.of("queue-age"),
                told.stream()
                        .map(event -> data(event).path("alert").asText())
                        .distinct()
                        .toList());
        report(other);
        lookUntil(() -> rows() == 1);
        report(KAFKA, other);
        lookUntil(() -> rows() == 2);
        command(AlertCommand.Kind.UNSILENCE);
        lookUntil(() -> count("told") == 2);
        assertEquals(
                List.of("queue-age", "breaker-open"),
                told.stream()
                        .map(event -> data(event).path("alert").asText())
                        .distinct()
                        .toList());
        assertTrue(states().stream().allMatch("raised"::equals));
    }

    @Test
    void aLateAnswerAboutAnAlertThatIsOverSaysNothingOfItsNextTime() throws Exception {
        List<AlertTelling> slow = tellings.subList(0, 1);
        List<AlertTelling> other = tellings.subList(1, 2);
        Promise<Void> answer = Promise.promise();
        held = answer.future();
        report(KAFKA);
        lookUntil(slow, () -> told.size() == 1);
        report();
        lookUntil(other, () -> rows() == 0);

        command(AlertCommand.Kind.SILENCE);
        ActiveAlert again = new ActiveAlert("breaker-open", "kafka", 2_000_000, "kafka is gone again");
        report(again);
        lookUntil(other, () -> rows() == 1);
        answer.complete();
        // It looks anew only when it is done with the answer.
        report(again, new ActiveAlert("queue-age", "", 1, "slow"));
        lookUntil(slow, () -> rows() == 2);
        assertEquals(0, count("told and alert = 'breaker-open'"), "the silence holds it back");
        command(AlertCommand.Kind.UNSILENCE);
        lookUntil(() -> count("told") == 2);
        assertEquals(
                1,
                told.stream()
                        .filter(event -> data(event).path("message").asText().equals("kafka is gone again"))
                        .map(Event::id)
                        .distinct()
                        .count());
    }

    @Test
    void actsAreKeptAndRecordedAndEndWithTheAlert() throws Exception {
        assertEquals(Failure.NOT_FOUND, refused(AlertCommand.Kind.ACKNOWLEDGE));
        assertEquals(Failure.NOT_FOUND, refused(AlertCommand.Kind.UNACKNOWLEDGE));
        assertEquals(Failure.NOT_FOUND, refused(AlertCommand.Kind.UNSILENCE));
        report(KAFKA);
        lookUntil(() -> count("told") == 1);
        assertEquals(
                "op",
                command(AlertCommand.Kind.ACKNOWLEDGE).acknowledged().get(0).by());
        assertEquals(
                "known", command(AlertCommand.Kind.SILENCE).silenced().get(0).reason());
        command(AlertCommand.Kind.SILENCE);
        assertEquals(List.of(), command(AlertCommand.Kind.UNACKNOWLEDGE).acknowledged());
        command(AlertCommand.Kind.ACKNOWLEDGE);
        assertEquals(List.of(), command(AlertCommand.Kind.UNSILENCE).silenced());
        NODES.await(marks.command(AlertCommand.denied("eve", "POST /api/alerts/silence")));
        assertEquals(7, NODES.count("select count(*) from alert_acts"));
        assertEquals(
                1,
                NODES.count("select count(*) from alert_acts where act = 'denied' and by_user = 'eve'"
                        + " and detail->>'tried' = 'POST /api/alerts/silence'"));
        assertEquals(
                2,
                NODES.count("select count(*) from alert_acts where act = 'silence' and alert = 'breaker-open'"
                        + " and about = 'kafka' and by_user = 'op' and detail->>'reason' = 'known'"));
        report();
        lookUntil(() -> rows() == 0);
        assertEquals(List.of(), NODES.await(marks.command(AlertCommand.list())).acknowledged());
        NODES.await(marks.forget(Duration.ofDays(1)));
        assertEquals(7, NODES.count("select count(*) from alert_acts"));
        NODES.await(marks.forget(Duration.ZERO));
        assertEquals(0, NODES.count("select count(*) from alert_acts"));
    }

    private Failure refused(AlertCommand.Kind kind) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> command(kind));
        return MillraceException.of(java.util.Objects.requireNonNull(thrown.getCause()))
                .failure();
    }
}
