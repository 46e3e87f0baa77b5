package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.Addresses;
import io.millrace.contracts.Committed;
import io.millrace.contracts.EntityQuery;
import io.millrace.contracts.EntityRef;
import io.millrace.contracts.EntityState;
import io.millrace.contracts.EventBatch;
import io.millrace.contracts.HistoryQuery;
import io.millrace.contracts.Journey;
import io.millrace.contracts.JourneyQuery;
import io.millrace.contracts.Json;
import io.millrace.contracts.Outcome;
import io.millrace.contracts.Outcome.Status;
import io.millrace.contracts.Passage;
import io.millrace.contracts.Priority;
import io.millrace.contracts.StateQuery;
import io.millrace.contracts.domain.Apply;
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
class LateEventsTest {
    @RegisterExtension
    static final TwoNodes NODES = new TwoNodes();

    @Test
    void whatAnUrgentEventDeletedStaysDeletedWhenItsCreationComesByWhateverWay() throws Exception {
        List<Passage> ways = List.of(Passage.queued(1, 1), Passage.queued(3, 1), Passage.DETOUR);
        for (int i = 0; i < ways.size(); i++) {
            String order = "dead-" + i;
            commit(Passage.DIRECT, deletion(order));
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
                    Passage.DIRECT,
                    new Samples(order + "-again")
                            .order("order:replaced", order)
                            .data("{'n':2}")
                            .accepted(60));
            assertEquals("{\"n\":2}", state(order));
        }
        List<Committed> events = NODES.ask(Addresses.HISTORY, new HistoryQuery("orders", 0, 1_000, false))
                .events();
        for (Committed event : events) {
            String id = event.event().id();
            assertEquals(id.endsWith("-made") || id.endsWith("-changed"), event.superseded(), id);
        }
    }

    @Test
    void historyTellsWhoseAnEventIsAndWhoLostItsEntity() throws Exception {
        commit(
                Passage.DIRECT,
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
        List<Committed> events = NODES.ask(Addresses.HISTORY, new HistoryQuery("orders", 0, 3, true))
                .events();
        assertEquals(
                List.of("a", "a", "b"),
                events.stream().map(event -> event.event().owner()).toList());
        assertEquals(
                Arrays.asList(null, null, "a"),
                events.stream().map(Committed::previousOwner).toList());
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
            List<LateTest.Act> acts = new ArrayList<>();
            for (int i = 0; i < 14; i++) {
                int kind = random.nextInt(12);
                Apply rule = kind == 0 ? Apply.DELETE : kind < 2 ? Apply.PUT : Apply.MERGE;
                acts.add(new LateTest.Act(1 + random.nextInt(10), rule, LateTest.data(random, 3, rule == Apply.PUT)));
            }
            for (int from = 0; from < acts.size(); ) {
                int to = Math.min(acts.size(), from + 1 + random.nextInt(4));
                List<Samples> batch = new ArrayList<>();
                for (int i = from; i < to; i++) {
                    batch.add(sample(order, i, acts.get(i)));
                }
                commit(Passage.queued(1, 1), batch.toArray(Samples[]::new));
                from = to;
            }
            assertEquals(LateTest.accepted(acts), state(order), acts::toString);
        }
        assertEquals(
                NODES.count("select count(*) from entities where id like 'shuffled-%' and state is not null"),
                NODES.ask(Addresses.STATE, new StateQuery("orders", 1_000)).entities().stream()
                        .filter(entity -> entity.ref().id().startsWith("shuffled-"))
                        .count());
    }

    private static Samples sample(String order, int number, LateTest.Act act) {
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

    private static void commit(Passage passage, Samples... events) throws Exception {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList(), passage);
        for (Outcome outcome : NODES.ask(Addresses.COMMIT, batch).outcomes()) {
            assertEquals(Status.COMMITTED, outcome.status(), outcome::toString);
        }
    }

    private static EntityState entity(String order) throws Exception {
        return NODES.ask(Addresses.ENTITY, new EntityQuery(new EntityRef("order", "orders", order), true));
    }

    private static @Nullable String state(String order) throws Exception {
        byte[] state = entity(order).state();
        return state == null ? null : LateTest.sorted(Json.parse(state));
    }
}
