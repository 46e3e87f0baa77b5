package io.millrace.queue.deadletter;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.deadletter.DeadLetterAct;
import io.millrace.contracts.deadletter.DeadLetterCommand.Kind;
import io.millrace.contracts.deadletter.DeadLetterFilter;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.queue.DatabaseFixture;
import io.millrace.queue.KafkaFixture;
import io.millrace.queue.StubCommit;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Acts about many dead letters that are carried out bit by bit, over a real Kafka and a real PostgreSQL. */
@Tag("slow")
@Timeout(90)
class PacedActsTest {
    @RegisterExtension
    static final KafkaFixture KAFKA = new KafkaFixture();

    @RegisterExtension
    static final DatabaseFixture POSTGRES = new DatabaseFixture();

    private final LetterRows rows = new LetterRows(POSTGRES);

    private static DeadLetterAct.Paced paced(QueueNode node) throws Exception {
        return Objects.requireNonNull(node.acts().get(0).paced());
    }

    private static Failure failure(ExecutionException error) {
        return MillraceException.of(Objects.requireNonNull(error.getCause())).failure();
    }

    private static void awaitDone(QueueNode node) {
        await().until(() -> paced(node).state() == DeadLetterAct.State.DONE);
    }

    @Test
    void aRedriveSurvivesLostConnectionsAndTheDeathOfItsNodeAndEachEventIsCommittedOnce() throws Exception {
        List<String> events = rows.letters(400);
        List<String> committed = new ArrayList<>();
        long began = System.nanoTime();
        try (QueueNode node = new QueueNode()) {
            StubCommit commit = new StubCommit(node.bus);
            node.start(KAFKA, POSTGRES);
            assertEquals(400, node.decide(Kind.REDRIVE, rows.all(), 200).matched());
            await().until(() -> node.acts().get(0).letters() > 0);
            for (int cut = 0; cut < 3; cut++) {
                POSTGRES.texts("select pg_terminate_backend(pid) from pg_stat_activity"
                        + " where application_name = 'millrace-queue'");
            }
            committed.addAll(commit.committed());
        }
        try (QueueNode other = new QueueNode()) {
            StubCommit commit = new StubCommit(other.bus);
            other.start(KAFKA, POSTGRES);
            awaitDone(other);
            assertTrue(System.nanoTime() - began >= 1_500_000_000L, "400 at 200 a second, the first 100 at once");
            await().until(() -> {
                committed.addAll(commit.committed());
                return new TreeSet<>(committed).equals(new TreeSet<>(events));
            });
            DeadLetterAct act = other.acts().get(0);
            assertEquals("redrive op 400", act.act() + " " + act.by() + " " + act.letters());
            assertEquals(List.of("redriven 400"), rows.states());
            assertEquals(400, paced(other).matched());
            assertTrue(paced(other).endedMicros() >= act.atMicros());
        }
    }

    @Test
    void whatIsStoppedLeavesTheRestAndIsInTheAudit() throws Exception {
        rows.letters(50);
        try (QueueNode node = new QueueNode()) {
            StubCommit commit = new StubCommit(node.bus);
            node.start(KAFKA, POSTGRES);
            node.decide(Kind.REDRIVE, rows.all(), 4);
            await().until(() -> !commit.committed().isEmpty());
            long act = node.acts().get(0).id();

            node.decide(Kind.STOP, DeadLetterFilter.ofAct(act), 0);

            DeadLetterAct stopped = node.acts().get(1);
            assertEquals(
                    DeadLetterAct.State.STOPPED,
                    Objects.requireNonNull(stopped.paced()).state());
            assertEquals("stop", node.acts().get(0).act());
            assertEquals("{\"act\":" + act + "}", new String(node.acts().get(0).filter(), StandardCharsets.UTF_8));
            assertEquals(List.of("dead " + (50 - stopped.letters()), "redriven " + stopped.letters()), rows.states());
            var again = assertThrows(
                    ExecutionException.class, () -> node.decide(Kind.STOP, DeadLetterFilter.ofAct(act), 0));
            assertEquals(Failure.NOT_FOUND, failure(again));
        }
    }

    @Test
    void aDiscardIsUndoneByItsActAndOnlyThat() throws Exception {
        rows.letters(30);
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            Long first = Long.valueOf(
                    POSTGRES.texts("select min(id) from dead_letters where fingerprint = '" + rows.group + "'")
                            .get(0));
            node.decide(Kind.DISCARD, DeadLetterFilter.ofIds(List.of(first)), 0);
            node.decide(Kind.DISCARD, rows.all(), 10_000);
            awaitDone(node);
            assertEquals(List.of("discarded 30"), rows.states());

            long act = node.acts().get(0).id();
            assertEquals(
                    29,
                    node.decide(Kind.RESTORE, DeadLetterFilter.ofAct(act), 0).done());

            assertEquals(List.of("dead 29", "discarded 1"), rows.states());
            assertEquals("restore", node.acts().get(0).act());
            assertEquals(29, node.acts().get(0).letters());
        }
    }

    @Test
    void aMessageThatItsSourceRefusesIsPassedOverAndTheActSaysWhy() throws Exception {
        rows.insert("sources", "github", List.of("(null, '7b', 1)", "(null, '7b', 2)", "(null, '7b', 3)"));
        try (QueueNode node = new QueueNode()) {
            DatabaseFixture.done(node.bus.serve(
                    Addresses.SOURCE_MESSAGES,
                    letter -> letter.offset() == 2
                            ? Future.failedFuture(new MillraceException(Failure.UNKNOWN_TYPE, "still no rule"))
                            : Future.succeededFuture(new Outcomes(List.of()))));
            node.start(KAFKA, POSTGRES);

            node.decide(Kind.REDRIVE, rows.all(), 100);

            awaitDone(node);
            assertEquals(List.of("dead 1", "redriven 2"), rows.states());
            assertEquals(2, node.acts().get(0).letters());
            assertEquals(1, paced(node).refused());
            assertEquals("still no rule", paced(node).problem());
        }
    }

    @Test
    void whatBecameOfARedrivenEventIsSaidWithItsLetter() throws Exception {
        List<String> events = rows.letters(3);
        POSTGRES.texts("insert into events (stream, pos, id, source, type, time, priority, data, publisher)"
                + " select 1, coalesce(max(pos), 0) + 1, '" + events.get(0)
                + "', 'tests', 'note:written', now(), 1, '{}', 'u' from events returning id");
        try (QueueNode node = new QueueNode()) {
            StubCommit commit = new StubCommit(node.bus);
            commit.refuses(events.get(1));
            node.start(KAFKA, POSTGRES);

            node.decide(Kind.REDRIVE, rows.all(), 0);

            long act = node.acts().get(0).id();
            await().until(() -> sequels(node, act).equals(List.of("QUEUED", "DIED_AGAIN", "COMMITTED")));
        }
    }

    /** Of the letters of an act, newest first. */
    private static List<String> sequels(QueueNode node, long act) throws Exception {
        return node.groups(DeadLetterFilter.ofAct(act)).letters().stream()
                .map(letter -> String.valueOf(letter.sequel()))
                .toList();
    }

    @Test
    void whatIsStoppedIsInTheAuditOrGoesOn() throws Exception {
        rows.letters(50);
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            node.decide(Kind.DISCARD, rows.all(), 1);
            DeadLetterFilter act = DeadLetterFilter.ofAct(node.acts().get(0).id());
            POSTGRES.texts("alter table dead_letter_acts add constraint full_disk check (act <> 'stop') not valid");

            assertThrows(ExecutionException.class, () -> node.decide(Kind.STOP, act, 0));

            assertEquals(DeadLetterAct.State.RUNNING, paced(node).state());
            POSTGRES.texts("alter table dead_letter_acts drop constraint full_disk");
            node.decide(Kind.STOP, act, 0);
        }
    }

    @Test
    void moreActsThanThereIsRoomForAreRefused() throws Exception {
        rows.letters(1);
        try (QueueNode node = new QueueNode().start(KAFKA, POSTGRES)) {
            POSTGRES.texts(
                    "insert into dead_letter_acts (by, act, filter, letters, pace, state, matched, refused, at_id,"
                            + " last_id, due_at) select 'op', 'discard', '{\"type\":\"none\"}', 0, 1, 'running', 0, 0, 0, 0,"
                            + " now() + interval '1 hour' from generate_series(1, 20) returning id");
            var full = assertThrows(ExecutionException.class, () -> node.decide(Kind.DISCARD, rows.all(), 1));
            assertEquals(Failure.OVERLOADED, failure(full));
            assertFalse(node.acts().isEmpty());
            assertNotNull(node.acts().get(0).paced());
            POSTGRES.texts("update dead_letter_acts set state = 'stopped' where state = 'running' returning id");
            assertEquals(List.of("dead 1"), rows.states());
        }
    }
}
