package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityQuery;
import io.millrace.contracts.entity.EntityState;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Merges make an entity as large as the largest event, and no larger; in a real PostgreSQL. */
@Timeout(120)
class EntityGrowthTest {
    private static final int MAX = 256 << 10;

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    /** Of one byte, of two and of three in UTF-8. */
    @ParameterizedTest
    @ValueSource(strings = {"x", "é", "漢"})
    void aMergeThatWouldMakeItLargerIsRefusedAloneAndTheNextOnesGoOn(String letter) throws Exception {
        String stream = "grows-" + letter.codePointAt(0);
        int third = MAX / 3 / letter.getBytes(java.nio.charset.StandardCharsets.UTF_8).length;
        List<Outcome> first = commit(
                merge(stream, "1", "{'a':'" + letter.repeat(third) + "'}"),
                merge(stream, "2", "{'b':'" + letter.repeat(third) + "'}"),
                merge(stream, "3", "{'c':'" + letter.repeat(third) + "'}"),
                merge(stream, "4", "{'d':1}"));
        assertEquals(Arrays.asList(null, null, Failure.TOO_LARGE, null), failures(first));
        assertEquals(2, Objects.requireNonNull(first.get(1).position()).offset());
        assertEquals(3, Objects.requireNonNull(first.get(3).position()).offset());
        String why = String.valueOf(first.get(2).message());
        assertEquals(
                "the order grown would have N bytes; an entity may have at most " + MAX,
                why.replaceFirst("have \\d+ bytes", "have N bytes"));
        // By whichever way it is committed, and sent again.
        for (Priority priority : Priority.values()) {
            assertEquals(
                    List.of(Failure.TOO_LARGE),
                    failures(commit(merge(stream, "5" + priority, "{'c':'" + letter.repeat(third) + "'}")
                            .priority(priority))));
        }
        assertEquals(Arrays.asList((Failure) null), failures(commit(merge(stream, "6", "{'a':null}"))));
        assertEquals(
                Arrays.asList((Failure) null),
                failures(commit(merge(stream, "7", "{'c':'" + letter.repeat(third) + "'}"))));
        EntityState grown = NODES.ask(Addresses.ENTITY, new EntityQuery(new EntityRef("order", stream, "grown"), true));
        assertEquals(5, grown.version());
        HistoryPage page = NODES.ask(Addresses.HISTORY, new HistoryQuery(stream, 4, 10, false));
        assertEquals(5, page.head());
    }

    @Test
    void whatIsTooLargeAlreadyMayShrinkAndBeDeleted() throws Exception {
        commit(new Samples("s-1").type("note:written", "shrinks"));
        NODES.count("insert into entities (kind, id, version, state, stream, pos) select 'order', 'grown', 7,"
                + " ('{\"a\":\"' || repeat('x', 300000) || '\",\"b\":12}')::json, id, 1 from streams where name = 'shrinks'"
                + " returning version");
        assertEquals(List.of(Failure.TOO_LARGE), failures(commit(merge("shrinks", "s-2", "{'b':123}"))));
        assertNull(failures(commit(merge("shrinks", "s-3", "{'b':1}"))).get(0));
        assertNull(failures(commit(merge("shrinks", "s-4", "{'b':2}"))).get(0));
        assertNull(failures(commit(
                        new Samples("s-5").order("order:deleted", "grown").type("order:deleted", "shrinks")))
                .get(0));
    }

    private static Samples merge(String stream, String id, String data) {
        return new Samples(stream + id)
                .order("order:changed", "grown")
                .type("order:changed", stream)
                .data(data);
    }

    private static List<Outcome> commit(Samples... events) throws Exception {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList());
        return NODES.ask(Addresses.COMMIT, batch).outcomes();
    }

    private static List<@Nullable Failure> failures(List<Outcome> outcomes) {
        return outcomes.stream().<@Nullable Failure>map(Outcome::failure).toList();
    }
}
