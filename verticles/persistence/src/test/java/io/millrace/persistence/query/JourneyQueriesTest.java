package io.millrace.persistence.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.Journey.Happened;
import io.millrace.contracts.journey.Journey.Stop;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.wire.Codecs;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a real PostgreSQL tells of an event's way. */
@Timeout(120)
class JourneyQueriesTest {
    private static final String SOURCE = "shop/eu";

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void aCommittedEventHasItsPathPositionAndVersion() throws Exception {
        commit(CommitPath.DIRECT, new Samples("first").order("order:changed", "o-1"));
        Outcome outcome = commit(
                        CommitPath.queued(3, 1_769_851_801_000_001L),
                        new Samples("second").order("order:changed", "o-1"))
                .get(0);
        Journey journey = only("second", SOURCE);
        assertEquals(CommitPath.queued(3, 1_769_851_801_000_001L), journey.path());
        assertEquals(outcome.position(), journey.position());
        assertEquals(2, journey.entityVersion());
        assertTrue(journey.endedMicros() > Samples.NOW);
        assertNull(journey.droppedBy());
        assertEquals(Samples.NOW, journey.event().acceptedAtMicros());
        assertEquals(
                List.of("order:changed", SOURCE, "orders", "c-4", "u-1"),
                Arrays.asList(
                        journey.event().type(),
                        journey.event().source(),
                        journey.event().stream(),
                        journey.event().owner(),
                        journey.event().publisher()));
        Samples addressed = new Samples("addressed").targets("staff");
        commit(CommitPath.DIRECT, addressed);
        assertEquals(
                addressed.event().target(), only("addressed", SOURCE).event().target());
        assertEquals(CommitPath.DIRECT, only("first", null).path());
    }

    @Test
    void anEventOfOneBatchKeepsItsOwnPath() throws Exception {
        var queued = send(CommitPath.queued(1, 5), new Samples("mixed-1").type("note:written", "mixed"));
        var fallback = send(CommitPath.FALLBACK, new Samples("mixed-2").type("note:written", "mixed"));
        var direct = send(CommitPath.DIRECT, new Samples("mixed-3").type("note:written", "mixed"));
        for (var each : List.of(queued, fallback, direct)) {
            assertEquals(Status.COMMITTED, NODES.await(each).get(0).status());
        }
        assertEquals(CommitPath.queued(1, 5), only("mixed-1", null).path());
        assertEquals(CommitPath.FALLBACK, only("mixed-2", null).path());
        assertEquals(CommitPath.DIRECT, only("mixed-3", null).path());
    }

    @Test
    void anEventThatCameTooLateIsDroppedAndItsJourneySaysSo() throws Exception {
        List<Outcome> outcomes =
                commit(CommitPath.queued(2, 7), new Samples("late").expiresAt(Samples.NOW), new Samples("good"));
        assertEquals(
                List.of(Status.EXPIRED, Status.COMMITTED),
                outcomes.stream().map(Outcome::status).toList());
        Journey journey = only("late", SOURCE);
        assertEquals("persistence", journey.droppedBy());
        assertEquals(CommitPath.queued(2, 7), journey.path());
        assertNull(journey.position());
        assertEquals("notes", journey.event().stream());
        assertNotNull(only("good", SOURCE).position());
        assertEquals(0, NODES.count("select count(*) from events where id = 'late'"));
    }

    @Test
    void aDropByTheRouterIsReportedUntilTheEventIsSentAgainInTime() throws Exception {
        EventBatch batch = new EventBatch(
                List.of(new Samples("again").expiresAt(Samples.NOW).event()));
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    Status.EXPIRED,
                    NODES.ask(Addresses.EXPIRED_EVENTS, batch).outcomes().get(0).status());
            assertEquals("router", only("again", null).droppedBy());
        }
        commit(CommitPath.DIRECT, new Samples("again"));
        assertNull(only("again", null).droppedBy());
    }

    @Test
    void whatWasDroppedLongerAgoThanItIsKeptIsForgotten() throws Exception {
        for (String id : List.of("long-ago", "of-late")) {
            NODES.ask(
                    Addresses.EXPIRED_EVENTS,
                    new EventBatch(
                            List.of(new Samples(id).expiresAt(Samples.NOW).event())));
        }
        NODES.count("with old as (update dropped set dropped_at = now() - interval '31 days'"
                + " where id = 'long-ago' returning 1) select count(*) from old");
        // A node looks when it starts, and every minute.
        NODES.deployAnother();
        NODES.eventually(() -> journeys("long-ago", null).isEmpty());
        assertEquals("router", only("of-late", null).droppedBy());
    }

    @Test
    void aDeadLetterHasItsFailureAndTheOperatorsCommands() throws Exception {
        Samples event = new Samples("dead").type("note:written", "notes").targets("staff");
        letter(event);
        Journey dead = only("dead", SOURCE);
        assertFalse(dead.ended());
        assertEquals("{}", new String(dead.event().data(), StandardCharsets.UTF_8));
        assertEquals(event.event().target(), dead.event().target());
        Stop death = new Stop(Happened.DEAD, 2_000_000, 5, "version_conflict", "it moved", null);
        assertEquals(List.of(death), dead.stops());

        NODES.count("with act as (insert into dead_letter_acts (at, by, act, filter, letters)"
                + " values ('1970-01-01 00:00:03Z', 'op', 'redrive', '{}', 1) returning id),"
                + " decided as (update dead_letters set state = 'redriven', act = (select id from act)"
                + " where event_id = 'dead' returning 1) select count(*) from decided");
        Stop redriven = new Stop(Happened.REDRIVEN, 3_000_000, 5, null, null, "op");
        assertEquals(List.of(death, redriven), only("dead", null).stops());

        commit(CommitPath.queued(1, 7), event);
        Journey committed = only("dead", null);
        assertTrue(committed.ended());
        assertEquals(List.of(death, redriven), committed.stops());
    }

    private static void letter(Samples event) throws Exception {
        String record = HexFormat.of().formatHex(Codecs.EVENT.encode(event.event()));
        NODES.count(
                "with letter as (insert into dead_letters (origin_topic, origin_partition, origin_offset, origin_at,"
                        + " event_id, source, code, message, fingerprint, stage, attempts, headers, record, first_failed_at,"
                        + " died_at, alerted) values ('t', 0, 0, now(), '"
                        + event.event().id() + "', '" + SOURCE
                        + "', 'version_conflict', 'it moved', 'f', 'queue', 5, '[]', '\\x" + record
                        + "', '1970-01-01 00:00:01Z', '1970-01-01 00:00:02Z', true) returning 1) select count(*) from letter");
    }

    @Test
    void anUnknownEventHasNoJourney() throws Exception {
        commit(CommitPath.DIRECT, new Samples("there"));
        assertEquals(List.of(), journeys("not-there", null));
        assertEquals(List.of(), journeys("there", "another source"));
    }

    @Test
    void anEventFromBeforeJourneysHasAPositionAndNoPath() throws Exception {
        commit(CommitPath.DIRECT, new Samples("old"));
        NODES.count("with old as (update events set accepted_at = null, attempts = null"
                + " where id = 'old' returning 1) select count(*) from old");
        Journey journey = only("old", null);
        assertNull(journey.path());
        assertEquals(0, journey.event().acceptedAtMicros());
        assertNotNull(journey.position());
    }

    @ParameterizedTest
    @CsvSource({"0, DIRECT, 1", "-1, FALLBACK, 1", "3, QUEUE, 3"})
    void anEventFromBeforeThePathColumnHasItsPath(int attempts, CommitPath.Path path, int attempt) throws Exception {
        String id = "before-paths-" + path;
        commit(CommitPath.DIRECT, new Samples(id));
        NODES.count("with old as (update events set path = null, attempts = " + attempts + " where id = '" + id
                + "' returning 1) select count(*) from old");
        assertEquals(
                new CommitPath(path, attempt, 0),
                Objects.requireNonNull(only(id, null).path()));
    }

    private static Journey only(String id, @Nullable String source) {
        List<Journey> journeys = journeys(id, source);
        assertEquals(1, journeys.size(), journeys::toString);
        return journeys.get(0);
    }

    private static List<Journey> journeys(String id, @Nullable String source) {
        try {
            return NODES.ask(Addresses.JOURNEY, new JourneyQuery(id, source)).journeys();
        } catch (Exception failed) {
            throw new AssertionError(failed);
        }
    }

    private static List<Outcome> commit(CommitPath path, Samples... events) throws Exception {
        return NODES.await(send(path, events));
    }

    private static Future<List<Outcome>> send(CommitPath path, Samples... events) {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList(), path);
        return NODES.alone().request(Addresses.COMMIT, batch).map(outcomes -> outcomes.outcomes());
    }
}
