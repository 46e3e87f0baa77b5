package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.CommitPath;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.journey.Journey;
import io.millrace.contracts.journey.JourneyQuery;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.contracts.text.Json;
import io.millrace.domain.model.EntityOperation;
import io.millrace.persistence.entity.LateEventsTest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Ordinary events that are committed after newer ones of their entity, in a real PostgreSQL, by two nodes in turn. */
@Timeout(120)
class LateEventOrderTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void whatAnUrgentEventDeletedStaysDeletedWhenItsCreationComesByWhateverWay() throws Exception {
        List<CommitPath> ways = List.of(CommitPath.queued(1, 1), CommitPath.queued(3, 1), CommitPath.FALLBACK);
        for (int i = 0; i < ways.size(); i++) {
            String order = "dead-" + i;
            commit(CommitPath.DIRECT, deletion(order));
            commit(
                    ways.get(i),
                    new Samples(order + "-made")
                            .order("order:replaced", order)
                            .data("{'id':1}")
                            .accepted(1),
                    new Samples(order + "-changed")
                            .order("order:changed", order)
                            .data("{'n':1}")
                            .accepted(2));
            EntityState entity = entity(order);
            assertNull(entity.state());
            assertEquals(1, entity.version());
            Journey journey = NODES.ask(Addresses.JOURNEY, new JourneyQuery(order + "-made", null))
                    .journeys()
                    .get(0);
            assertEquals(entity.entity(), journey.event().entity());
            assertEquals(0, journey.entityVersion());

            commit(
                    CommitPath.DIRECT,
                    new Samples(order + "-again")
                            .order("order:replaced", order)
                            .data("{'n':2}")
                            .accepted(60));
            assertEquals("{\"n\":2}", state(order));
        }
        List<CommittedEvent> events = NODES.ask(Addresses.HISTORY, new HistoryQuery("orders", 0, 1_000, false))
                .events();
        for (CommittedEvent event : events) {
            String id = event.event().id();
            assertEquals(id.endsWith("-made") || id.endsWith("-changed"), event.superseded(), id);
        }
    }

    @Test
    void historyHasTheOwnerAndThePreviousOwner() throws Exception {
        commit(
                CommitPath.DIRECT,
                new Samples("lost-1")
                        .order("order:changed", "lost")
                        .data("{'customer':'a'}")
                        .owner("a"),
                new Samples("lost-2")
                        .order("order:changed", "lost")
                        .data("{'n':2}")
                        .owner(null),
                new Samples("lost-3")
                        .order("order:changed", "lost")
                        .data("{'customer':'b'}")
                        .owner("b"));
        List<CommittedEvent> events = NODES.ask(Addresses.HISTORY, new HistoryQuery("orders", 0, 3, true))
                .events();
        assertEquals(
                List.of("a", "a", "b"),
                events.stream().map(event -> event.event().owner()).toList());
        assertEquals(
                Arrays.asList(null, null, "a"),
                events.stream().map(CommittedEvent::previousOwner).toList());
    }

    private static Samples deletion(String order) {
        return new Samples(order + "-gone")
                .order("order:deleted", order)
                .priority(Priority.HIGH)
                .accepted(50);
    }

    @Test
    void theStateIsThatOfTheOrderInWhichTheyWereAcceptedOverBatchesAndNodes() throws Exception {
        Random random = new Random(5);
        for (int round = 0; round < 12; round++) {
            String order = "shuffled-" + round;
            List<LateEventsTest.Act> acts = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                int kind = random.nextInt(12);
                EntityOperation rule =
                        kind == 0 ? EntityOperation.DELETE : kind < 2 ? EntityOperation.PUT : EntityOperation.MERGE;
                acts.add(new LateEventsTest.Act(
                        1 + random.nextInt(10), rule, LateEventsTest.data(random, 3, rule == EntityOperation.PUT)));
            }
            for (int from = 0; from < acts.size(); ) {
                int to = Math.min(acts.size(), from + 1 + random.nextInt(4));
                List<Samples> batch = new ArrayList<>();
                for (int i = from; i < to; i++) {
                    batch.add(sample(order, i, acts.get(i)));
                }
                commit(CommitPath.queued(1, 1), batch.toArray(Samples[]::new));
                from = to;
            }
            assertEquals(LateEventsTest.accepted(acts), state(order), acts::toString);
        }
        assertEquals(
                NODES.count("select count(*) from entities where id like 'shuffled-%' and state is not null"),
                NODES.ask(Addresses.STATE, new EntitySnapshotQuery("orders", 1_000)).entities().stream()
                        .filter(entity -> entity.ref().id().startsWith("shuffled-"))
                        .count());
    }

    private static Samples sample(String order, int number, LateEventsTest.Act act) {
        String type =
                switch (act.rule()) {
                    case PUT -> "order:replaced";
                    case MERGE -> "order:changed";
                    case DELETE -> "order:deleted";
                };
        return new Samples(order + "-" + number)
                .order(type, order)
                .data(act.data())
                .accepted(act.at());
    }

    private static void commit(CommitPath path, Samples... events) throws Exception {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList(), path);
        for (Outcome outcome : NODES.ask(Addresses.COMMIT, batch).outcomes()) {
            assertEquals(Status.COMMITTED, outcome.status(), outcome::toString);
        }
    }

    private static EntityState entity(String order) throws Exception {
        return NODES.ask(Addresses.ENTITY, new EntityQuery(new EntityRef("order", "orders", order), true));
    }

    private static @Nullable String state(String order) throws Exception {
        byte[] state = entity(order).state();
        return state == null ? null : LateEventsTest.sorted(Json.parse(state));
    }
}
