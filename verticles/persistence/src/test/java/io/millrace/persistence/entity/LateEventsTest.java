package io.millrace.persistence.entity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.text.Json;
import io.millrace.domain.model.EntityOperation;
import io.millrace.persistence.Samples;
import io.millrace.persistence.entity.EntityChanges.Change;
import io.millrace.persistence.entity.StoredEntity.Merge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Ordinary events that come in another order than they were accepted in. */
public class LateEventsTest {
    private static final EntityRef REF = new EntityRef("order", "orders", "o-1");

    /** What came: accepted when, doing what. */
    public record Act(long at, EntityOperation rule, String data) {}

    /** As PostgreSQL keeps it from commit to commit. */
    private static final class Table {
        StoredEntity stored = StoredEntity.NONE;
        final List<Merge> merges = new ArrayList<>();
        private long pos;

        /** One commit, from what is remembered or from the table. */
        List<@Nullable Change> commit(List<Act> acts, boolean remembered) {
            EntityChanges entities = new EntityChanges(1 << 20);
            if (stored.version() > 0) {
                entities.found(REF, remembered ? stored : asFound());
            }
            long since = acts.stream()
                    .filter(act -> entities.lacksMerges(event(act), REF))
                    .mapToLong(act -> Samples.NOW + act.at)
                    .min()
                    .orElse(-1);
            if (since >= 0) {
                entities.merges(
                        REF,
                        since,
                        merges.stream().filter(merge -> merge.at() > since).toList());
            }
            List<@Nullable Change> changes = new ArrayList<>();
            for (Act act : acts) {
                Change change = entities.apply(event(act), REF, act.rule, null, 1, ++pos);
                changes.add(change);
                if (change != null && act.rule == EntityOperation.MERGE) {
                    merges.add(new Merge(change.at(), Json.parse(act.data.replace('\'', '"')), act.data.length()));
                }
            }
            entities.entries().forEach(entry -> stored = entry.stored());
            return changes;
        }

        private StoredEntity asFound() {
            return new StoredEntity(
                    stored.version(), stored.state(), 0, stored.asOf(), stored.wholeAt(), stored.asOf(), List.of());
        }

        @Nullable
        String state() {
            ObjectNode state = stored.state();
            return state == null ? null : sorted(state);
        }
    }

    @Test
    void whatWasDeletedStaysDeletedWhateverOlderEventsComeAfterwards() {
        for (EntityOperation older : EntityOperation.values()) {
            Table table = new Table();
            table.commit(List.of(new Act(9, EntityOperation.DELETE, "{}")), true);
            assertNull(table.commit(List.of(new Act(5, older, "{'a':1}")), older == EntityOperation.PUT)
                    .get(0));
            assertNull(table.state());
            assertEquals(1, table.stored.version());
            assertNotNull(table.commit(List.of(new Act(10, EntityOperation.PUT, "{'b':2}")), false)
                    .get(0));
            assertEquals("{\"b\":2}", table.state(), "made again later, it is there");
        }
    }

    @Test
    void ofAnOlderMergeOnlyWhatNewerOnesDidNotNameTakesEffect() {
        Table table = new Table();
        table.commit(List.of(new Act(1, EntityOperation.PUT, "{'status':'new','note':'-','lines':{'a':1}}")), true);
        table.commit(List.of(new Act(5, EntityOperation.MERGE, "{'status':'shipped','lines':{'b':2}}")), true);
        table.commit(
                List.of(new Act(3, EntityOperation.MERGE, "{'status':'paid','note':'gift','lines':{'a':null,'b':9}}")),
                false);
        assertEquals("{\"lines\":{\"b\":2},\"note\":\"gift\",\"status\":\"shipped\"}", table.state());
        assertNull(
                table.commit(List.of(new Act(4, EntityOperation.MERGE, "{'status':'late'}")), false)
                        .get(0),
                "nothing is left of it");
        assertEquals(3, table.stored.version());
    }

    @Test
    void acceptedAtTheSameTimeTheyKeepTheOrderInWhichTheyCome() {
        Table table = new Table();
        table.commit(
                List.of(new Act(5, EntityOperation.MERGE, "{'n':1}"), new Act(5, EntityOperation.MERGE, "{'n':2}")),
                true);
        table.commit(List.of(new Act(5, EntityOperation.MERGE, "{'n':3}")), false);
        assertEquals("{\"n\":3}", table.state());
        table.commit(
                List.of(new Act(5, EntityOperation.DELETE, "{}"), new Act(5, EntityOperation.PUT, "{'n':4}")), false);
        assertEquals("{\"n\":4}", table.state());
    }

    @Test
    void anUrgentEventAndOneThatNamesItsVersionTakeEffectWhereTheyCome() {
        EntityChanges entities = new EntityChanges(1 << 20);
        entities.apply(event(new Act(9, EntityOperation.MERGE, "{'n':1}")), REF, EntityOperation.MERGE, null, 1, 1);
        Event urgent = sample(new Act(5, EntityOperation.MERGE, "{'n':2}"))
                .priority(Priority.HIGH)
                .event();
        assertFalse(entities.lacksMerges(urgent, REF));
        Change second = Objects.requireNonNull(entities.apply(urgent, REF, EntityOperation.MERGE, null, 1, 2));
        assertEquals("{\"n\":2}", second.state());
        assertEquals(Samples.NOW + 9, second.at(), "it follows what was there");
        Event expecting =
                sample(new Act(4, EntityOperation.MERGE, "{'n':3}")).expects(2).event();
        assertEquals(
                "{\"n\":3}",
                Objects.requireNonNull(entities.apply(expecting, REF, EntityOperation.MERGE, null, 1, 3))
                        .state());
    }

    @Test
    void whateverOrderTheyComeInTheStateIsThatOfTheOrderInWhichTheyWereAccepted() {
        Random random = new Random(11);
        int superseded = 0;
        for (int round = 0; round < 5_000; round++) {
            List<Act> acts = new ArrayList<>();
            int size = 2 + random.nextInt(7);
            for (int i = 0; i < size; i++) {
                int kind = random.nextInt(10);
                EntityOperation rule =
                        kind == 0 ? EntityOperation.DELETE : kind < 3 ? EntityOperation.PUT : EntityOperation.MERGE;
                acts.add(new Act(1 + random.nextInt(6), rule, data(random, 3, rule == EntityOperation.PUT)));
            }
            Table table = new Table();
            for (int from = 0; from < size; ) {
                int to = Math.min(size, from + 1 + random.nextInt(3));
                superseded += (int) table.commit(acts.subList(from, to), random.nextBoolean()).stream()
                        .filter(Objects::isNull)
                        .count();
                from = to;
            }
            assertEquals(accepted(acts), table.state(), () -> acts.toString());
        }
        assertTrue(superseded > 300, "too few of them were late");
    }

    /** The state that they make in the order in which they were accepted. */
    public static @Nullable String accepted(List<Act> acts) {
        ObjectNode state = null;
        for (Act act : acts.stream().sorted(Comparator.comparingLong(Act::at)).toList()) {
            ObjectNode data = Json.parse(act.data.replace('\'', '"'));
            state = switch (act.rule) {
                case PUT -> data;
                case MERGE -> Json.merge(state, data);
                case DELETE -> null;
            };
        }
        return state == null ? null : sorted(state);
    }

    public static String data(Random random, int depth, boolean put) {
        StringBuilder json = new StringBuilder("{");
        for (char name = 'a'; name <= 'c'; name++) {
            int what = random.nextInt(depth > 1 ? 5 : 4);
            if (what > 0) {
                json.append(json.length() == 1 ? "'" : ",'").append(name).append("':");
                json.append(what == 4 ? data(random, depth - 1, put) : what == 3 && !put ? "null" : random.nextInt(9));
            }
        }
        return json.append('}').toString();
    }

    private static Samples sample(Act act) {
        return new Samples("e").order("order:changed", "o-1").data(act.data).accepted(act.at);
    }

    private static Event event(Act act) {
        return sample(act).event();
    }

    public static String sorted(ObjectNode node) {
        StringBuilder text = new StringBuilder("{");
        node.properties().stream().sorted(java.util.Map.Entry.comparingByKey()).forEach(member -> text.append(
                        text.length() == 1 ? "\"" : ",\"")
                .append(member.getKey())
                .append("\":")
                .append(
                        member.getValue() instanceof ObjectNode inner
                                ? sorted(inner)
                                : member.getValue().toString()));
        return text.append('}').toString();
    }
}
