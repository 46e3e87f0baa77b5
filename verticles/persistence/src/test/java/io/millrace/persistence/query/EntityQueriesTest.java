package io.millrace.persistence.query;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The entities of a kind in a stream, page by page, from a real PostgreSQL. */
@Timeout(120)
class EntityQueriesTest {
    private static final int LONGEST_USER = 128;

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void aUserReadsItsOwnEntitiesAndAnUnrestrictedOneAllThatExist() throws Exception {
        commit(
                of("list", "1", "b").data("{'customer':'c-1','n':1}"),
                of("list", "2", "a").data("{'customer':'c-1'}"),
                of("list", "3", "c").data("{'customer':'c-2'}"),
                of("list", "4", "d").data("{'n':2}"),
                of("list", "5", "e").data("{'customer':'c-1'}"),
                of("list-too", "6", "f").data("{'customer':'c-1'}"));
        assertEquals(List.of("a", "b", "e"), ids("list", "c-1"));
        assertEquals(List.of("a", "b", "c", "d", "e"), ids("list", null));
        // Given away, made whole by a type without an owner's field, deleted, made anew.
        commit(of("list", "7", "b").data("{'customer':'c-2'}"));
        commit(new Samples("8")
                .order("order:replaced", "d")
                .type("order:replaced", "list")
                .data("{'customer':'c-1'}"));
        commit(new Samples("9").order("order:deleted", "e").type("order:deleted", "list"));
        assertEquals(List.of("a", "d"), ids("list", "c-1"));
        assertEquals(List.of("b", "c"), ids("list", "c-2"));
        assertEquals(List.of("a", "b", "c", "d"), ids("list", null));
        commit(of("list", "10", "e").data("{'customer':'c-2'}"));
        assertEquals(List.of("b", "c", "e"), ids("list", "c-2"));
        assertEquals(List.of(), ids("list", "c-3"));
        assertEquals(List.of(), ids("nowhere", "c-1"));
        EntitySnapshot.Entity first = page("list", "c-2", "", 1, 1).entities().get(0);
        assertEquals(2, first.version());
        assertEquals("{\"customer\":\"c-2\",\"n\":1}", new String(first.state(), StandardCharsets.UTF_8));
    }

    @Test
    void aPageIsBoundedByNumberAndBytesAndTheNextOneContinues() throws Exception {
        List<Samples> made = new ArrayList<>();
        for (int i = 0; i < 30; i++) {
            made.add(of("pages", "page-" + i, "p-" + (100 + i))
                    .data("{'customer':'c-" + i % 2 + "','x':'" + "y".repeat(1_000) + "'}"));
        }
        commit(made.toArray(Samples[]::new));
        for (int limit : new int[] {4, 100}) {
            List<String> read = new ArrayList<>();
            List<Integer> sizes = new ArrayList<>();
            EntityPage page;
            String after = "";
            do {
                page = page("pages", "c-1", after, limit, 5_000);
                page.entities().forEach(entity -> read.add(entity.ref().id()));
                sizes.add(page.entities().size());
                after = read.get(read.size() - 1);
            } while (!page.complete());
            assertEquals(ids("pages", "c-1"), read);
            assertEquals(15, read.size());
            assertEquals(limit == 4 ? List.of(4, 4, 4, 3) : List.of(5, 5, 5), sizes);
        }
    }

    @Test
    void aTooLongOwnerOwnsNothing() throws Exception {
        String longest = "c".repeat(LONGEST_USER);
        commit(
                of("long", "l-1", "1").data("{'customer':'" + longest + "'}"),
                of("long", "l-2", "2").data("{'customer':'" + longest + "c" + "'}"),
                of("long", "l-3", "3").data("{'customer':'" + "c".repeat(20_000) + "'}"));
        assertEquals(List.of("1"), ids("long", longest));
        assertEquals(List.of("1", "2", "3"), ids("long", null));
    }

    private static Samples of(String stream, String id, String order) {
        return new Samples(id).order("order:changed", order).type("order:changed", stream);
    }

    private static void commit(Samples... events) throws Exception {
        EventBatch batch =
                new EventBatch(Arrays.stream(events).map(Samples::event).toList());
        NODES.ask(Addresses.COMMIT, batch)
                .outcomes()
                .forEach(outcome -> assertEquals(Outcome.Status.COMMITTED, outcome.status(), outcome::toString));
    }

    private static List<String> ids(String stream, @Nullable String owner) throws Exception {
        return page(stream, owner, "", 100, 1 << 20).entities().stream()
                .map(entity -> entity.ref().id())
                .toList();
    }

    private static EntityPage page(String stream, @Nullable String owner, String after, int limit, long bytes)
            throws Exception {
        return NODES.ask(Addresses.ENTITIES, new EntityListQuery("order", stream, owner, after, limit, bytes));
    }
}
