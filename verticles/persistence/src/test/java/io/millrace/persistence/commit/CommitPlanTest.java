package io.millrace.persistence.commit;

import static io.millrace.persistence.FakeRows.columns;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.domain.DomainModel;
import io.millrace.domain.yaml.InvalidConfigurationException;
import io.millrace.persistence.FakeRows;
import io.millrace.persistence.Samples;
import io.millrace.persistence.entity.ChangedEntity;
import io.millrace.persistence.entity.EntityChanges;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class CommitPlanTest {
    private final DomainModel domains;

    CommitPlanTest() throws InvalidConfigurationException {
        domains = Samples.domains();
    }

    @Test
    void eachStreamGoesOnFromItsHead() {
        CommitPlan commit = decided(
                new Samples("1"),
                new Samples("2").order("order:changed", "o-1").data("{'id':'o-1'}"),
                new Samples("3"));
        assertEquals(
                List.of(new Position("kn", 8), new Position("ko", 1), new Position("kn", 9)),
                commit.outcomes().stream().map(Outcome::position).toList());
        assertEquals(
                List.of("1: 7 to 9", "2: 0 to 1"),
                commit.moved().stream()
                        .map(stream -> stream.id + ": " + stream.was + " to " + stream.head)
                        .toList());
        assertEquals(3, commit.committed().size());
    }

    @Test
    void theSameEventTwiceInABatchIsOneRow() {
        CommitPlan commit =
                decided(new Samples("1").data("{'a':1,'b':2.0}"), new Samples("1").data("{ 'b':2.00, 'a':1 }"));
        assertStatuses(commit, Status.COMMITTED, Status.DUPLICATE);
        assertEquals(
                commit.outcomes().get(0).position(), commit.outcomes().get(1).position());
        assertEquals(1, commit.written().size());
    }

    @Test
    void anotherEventWithTheSameIdIsAConflictAndTheFirstIsKept() {
        CommitPlan commit = decided(
                new Samples("1").data("{'a':1}"),
                new Samples("1").data("{'a':2}"),
                new Samples("1").type("room:said", "notes").data("{'a':1}"));
        assertStatuses(commit, Status.COMMITTED, Status.FAILED, Status.FAILED);
        assertEquals(Failure.ID_CONFLICT, commit.outcomes().get(1).failure());
        assertEquals(Failure.ID_CONFLICT, commit.outcomes().get(2).failure());
        assertEquals(1, commit.written().size());
    }

    @Test
    void whatTheDatabaseHasAlreadyIsARepeatWhereverItIs() {
        CommitPlan commit = commit(new Samples("1").data("{'a':1}"), new Samples("2").data("{'a':1}"));
        commit.known(FakeRows.of(
                columns("shop/eu", "1", "note:written", "{ \"a\": 1 }", "notes", "kn", 5L),
                columns("shop/eu", "2", "note:written", "{\"a\":2}", "notes", "kn", 6L)));
        commit.decide(Samples.NOW);
        assertStatuses(commit, Status.DUPLICATE, Status.FAILED);
        assertEquals(new Position("kn", 5), commit.outcomes().get(0).position());
        assertEquals(Failure.ID_CONFLICT, commit.outcomes().get(1).failure());
        assertTrue(commit.written().isEmpty());
    }

    @Test
    void theSameEventWithItsJsonWrittenOtherwiseIsARepeat() {
        for (String[] two : List.of(
                new String[] {"{'total':129}", "{'total':129.0}"},
                new String[] {"{'total':1.29e2}", "{ 'total' : 129 }"},
                new String[] {"{'a':{'b':[1,2.50]},'c':'A'}", "{'c':'\\u0041','a':{'b':[1.0,2.5]}}"})) {
            CommitPlan batch = decided(new Samples("1").data(two[0]), new Samples("1").data(two[1]));
            assertStatuses(batch, Status.COMMITTED, Status.DUPLICATE);
            CommitPlan later = commit(new Samples("1").data(two[1]));
            later.known(
                    FakeRows.of(columns("shop/eu", "1", "note:written", two[0].replace('\'', '"'), "notes", "kn", 5L)));
            later.decide(Samples.NOW);
            assertStatuses(later, Status.DUPLICATE);
        }
    }

    @Test
    void anExpiredEventTakesNoPlace() {
        CommitPlan commit = decided(
                new Samples("1").expiresAt(Samples.NOW - 1), new Samples("2").expiresAt(Samples.NOW), new Samples("3"));
        assertStatuses(commit, Status.EXPIRED, Status.COMMITTED, Status.COMMITTED);
        assertEquals(new Position("kn", 9), commit.outcomes().get(2).position());
    }

    @Test
    void versionsCountUpAndStatesFollow() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1").data("{'id':'o-1','a':{'x':1},'gone':null}"),
                new Samples("2").order("order:changed", "o-1").data("{'a':{'y':2},'b':3}"),
                new Samples("3").order("order:replaced", "o-1").data("{'c':4}"));
        assertEquals(
                List.of(1L, 2L, 3L),
                commit.committed().stream().map(CommittedEvent::entityVersion).toList());
        assertState("{\"id\":\"o-1\",\"a\":{\"x\":1}}", commit, 0);
        assertState("{\"id\":\"o-1\",\"a\":{\"x\":1,\"y\":2},\"b\":3}", commit, 1);
        assertState("{\"c\":4}", commit, 2);
        ChangedEntity kept = commit.entities().made().get(0);
        assertEquals(3, kept.version());
        assertEquals(3, kept.pos());
        assertTrue(commit.entities().updated().isEmpty());
    }

    @Test
    void theAuditLeadsFromEachVersionToTheNextAndBack() {
        CommitPlan commit = commit(
                new Samples("1").order("order:changed", "o-1").data("{'a':2,'b':{'c':1}}"),
                new Samples("2").order("order:deleted", "o-1"),
                new Samples("3").order("order:changed", "o-1").data("{'z':1}"));
        commit.entities(FakeRows.of(columns("order", "orders", "o-1", 4L, "{\"a\": 1, \"k\": 7}", 0L, 0L)));
        commit.decide(Samples.NOW);
        List<EntityChanges.Change> changes = commit.entities().changes();
        assertEquals(
                List.of(5L, 6L, 7L),
                changes.stream().map(EntityChanges.Change::version).toList());
        assertEquals("{\"a\":2,\"b\":{\"c\":1}}", changes.get(0).after());
        assertEquals("{\"b\":null,\"a\":1}", changes.get(0).before());
        assertNull(changes.get(1).after(), "deleted");
        assertEquals("{\"a\":2,\"k\":7,\"b\":{\"c\":1}}", changes.get(1).before());
        assertEquals("{\"z\":1}", changes.get(2).after());
        assertNull(changes.get(2).before(), "there was none before");
        assertNull(commit.committed().get(1).state());
        assertState("{\"z\":1}", commit, 2);
        assertEquals(7, commit.entities().updated().get(0).version());
        assertTrue(commit.entities().made().isEmpty());
    }

    @Test
    void anExpectedVersionHoldsOrTheEventIsRefusedWithoutATrace() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1").expects(0),
                new Samples("2").order("order:changed", "o-1").expects(0),
                new Samples("3").order("order:changed", "o-1").expects(1),
                new Samples("4").order("order:changed", "o-2").expects(1),
                new Samples("5").order("order:changed", "o-1"));
        assertStatuses(commit, Status.COMMITTED, Status.FAILED, Status.COMMITTED, Status.FAILED, Status.COMMITTED);
        assertEquals(Failure.VERSION_CONFLICT, commit.outcomes().get(1).failure());
        assertEquals(1, commit.outcomes().get(1).version(), "the one at which it is");
        assertEquals(Failure.VERSION_CONFLICT, commit.outcomes().get(3).failure());
        assertEquals(0, commit.outcomes().get(3).version(), "it isn't there");
        assertEquals(new Position("ko", 3), commit.outcomes().get(4).position());
        assertEquals(3, commit.entities().changes().size());
    }

    @Test
    void anIdThatAnotherGuildUsesIsFreeInThisOne() {
        CommitPlan commit = decided(
                new Samples("1").message("message:edited", "8"),
                new Samples("2").message("message:edited", "7").expects(0),
                new Samples("3").message("message:edited", "7").expects(5),
                new Samples("4").message("message:edited", "8"),
                new Samples("5").message("message:deleted", "8"),
                new Samples("6").message("message:edited", "7").expects(1));
        assertStatuses(
                commit,
                Status.COMMITTED,
                Status.COMMITTED,
                Status.FAILED,
                Status.COMMITTED,
                Status.COMMITTED,
                Status.COMMITTED);
        assertEquals(1, commit.outcomes().get(2).version(), "its own, not that of the other guild's");
    }

    @Test
    void anEventHasTheOwnerOfItsEntityAndThePreviousOwner() {
        CommitPlan commit = decided(
                new Samples("1")
                        .order("order:changed", "o-1")
                        .data("{'customer':'a','n':1}")
                        .owner("a"),
                new Samples("2").order("order:changed", "o-1").data("{'n':2}").owner(null),
                new Samples("3")
                        .order("order:changed", "o-1")
                        .data("{'customer':'b'}")
                        .owner("b"),
                new Samples("4").order("order:deleted", "o-1").owner(null),
                new Samples("5")
                        .order("order:changed", "o-1")
                        .data("{'customer':'c'}")
                        .owner("c"),
                new Samples("6").order("order:purged", "o-1").owner(null),
                new Samples("7").order("order:changed", "o-1").data("{'n':3}").owner(null));
        assertEquals(
                Arrays.asList("a", "a", "b", "b", "c", null, null),
                commit.committed().stream().map(event -> event.event().owner()).toList());
        assertEquals(
                Arrays.asList(null, null, "a", "b", null, "c", null),
                commit.committed().stream().map(CommittedEvent::previousOwner).toList());
        assertEquals(
                Arrays.asList(
                        null,
                        "{\"n\":1}",
                        "{\"customer\":\"a\"}",
                        "{\"customer\":\"b\",\"n\":2}",
                        null,
                        "{\"customer\":\"c\"}",
                        null),
                commit.committed().stream().map(CommittedEvent::before).toList());
    }

    @Test
    void anEventForSomePeopleOnlyChangesNoEntity() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1").targets("staff"), new Samples("2").targets("staff"));
        assertStatuses(commit, Status.FAILED, Status.COMMITTED);
        assertEquals(Failure.INVALID_EVENT, commit.outcomes().get(0).failure());
        assertFalse(commit.certain(), "it may be a repeat");
    }

    @Test
    void versionZeroMatchesADeletedEntity() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1"),
                new Samples("2").order("order:changed", "o-1").expects(0),
                new Samples("3").order("order:deleted", "o-1").expects(1),
                new Samples("4").order("order:changed", "o-1").expects(1),
                new Samples("5").order("order:changed", "o-1").expects(0),
                new Samples("6").order("order:deleted", "o-1").expects(3),
                new Samples("7").order("order:changed", "o-1").expects(4));
        assertStatuses(
                commit,
                Status.COMMITTED,
                Status.FAILED,
                Status.COMMITTED,
                Status.FAILED,
                Status.COMMITTED,
                Status.COMMITTED,
                Status.COMMITTED);
        assertEquals(2, commit.outcomes().get(3).version(), "the version goes on");
        assertEquals(5, commit.entities().version(new EntityRef("order", "orders", "o-1")));
    }

    @Test
    void anEventThatWasRefusedMayComeAgainUnderItsId() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1").expects(5),
                new Samples("1").order("order:changed", "o-1").expects(0));
        assertStatuses(commit, Status.FAILED, Status.COMMITTED);
    }

    @Test
    void anEventOfATypeThatWasDroppedFromThePacksIsKeptButChangesNothing() {
        CommitPlan commit = decided(new Samples("1").order("order:retired", "o-1"));
        assertStatuses(commit, Status.COMMITTED);
        assertTrue(commit.entities().changes().isEmpty());
    }

    @Test
    void unreadableDataFailsItsEventAlone() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-1").data("{'n':1e-99999999999}"),
                new Samples("2").order("order:changed", "o-1"));
        assertStatuses(commit, Status.FAILED, Status.COMMITTED);
        assertEquals(Failure.INVALID_EVENT, commit.outcomes().get(0).failure());
        assertEquals(
                1, Objects.requireNonNull(commit.outcomes().get(1).position()).offset());
    }

    @Test
    void entitiesAreWrittenInOneOrder() {
        CommitPlan commit = decided(
                new Samples("1").order("order:changed", "o-9"),
                new Samples("2").order("order:changed", "o-1"),
                new Samples("3").order("order:changed", "o-5"));
        assertEquals(
                List.of("o-1", "o-5", "o-9"),
                commit.entities().made().stream().map(entry -> entry.ref().id()).toList());
    }

    private CommitPlan commit(Samples... samples) {
        List<Event> events = Arrays.stream(samples).map(Samples::event).toList();
        CommitPlan commit = new CommitPlan(domains, CommitBatch.of(events, CommitPath.DIRECT));
        commit.streams(FakeRows.of(
                columns(1, "notes", "kn", 7L),
                columns(2, "orders", "ko", 0L),
                columns(3, "guild:7", "k7", 0L),
                columns(4, "guild:8", "k8", 0L)));
        return commit;
    }

    private CommitPlan decided(Samples... samples) {
        CommitPlan commit = commit(samples);
        commit.decide(Samples.NOW);
        return commit;
    }

    private static void assertStatuses(CommitPlan commit, Status... expected) {
        assertEquals(
                List.of(expected),
                commit.outcomes().stream().map(Outcome::status).toList());
    }

    private static void assertState(String expected, CommitPlan commit, int event) {
        byte[] state = commit.committed().get(event).state();
        assertNotNull(state);
        assertArrayEquals(Samples.bytes(expected), Objects.requireNonNull(state));
    }
}
