package io.millrace.persistence.query;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntityHistory;
import io.millrace.contracts.entity.EntityHistoryQuery;
import io.millrace.contracts.entity.EntityListQuery;
import io.millrace.contracts.entity.EntityPage;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.event.EntityRef;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.millrace.persistence.store.RecipientsJson;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Tuple;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
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

    @Test
    void anEntitysHistoryHasEachChangeInBothDirectionsNewestFirst() throws Exception {
        commit(of("story", "s-1", "o").data("{'customer':'c-1','n':1}"));
        commit(of("story", "s-2", "o").data("{'n':2}").owner("c-2"));
        commit(of("story", "s-other", "p").data("{'n':7}"));
        commit(new Samples("s-3").order("order:deleted", "o").type("order:deleted", "story"));
        // As an older release has written it: today an event with recipients changes no entity.
        Event addressed = new Samples("x").targets("staff").event();
        PgConnection database = NODES.connect();
        NODES.await(database.preparedQuery("update events set audience = $1::text::json where id = 's-2'")
                .execute(Tuple.of(RecipientsJson.text(addressed))));
        NODES.await(database.close());
        EntityHistory history = history("story", "o", Long.MAX_VALUE, 10, 1 << 20);
        assertEquals(
                List.of("3 s-3 null {customer=c-1, n=2}", "2 s-2 {n=2} {n=1}", "1 s-1 {customer=c-1, n=1} null"),
                history.changes().stream()
                        .map(change -> change.version() + " " + change.event().id() + " " + sorted(change.after()) + " "
                                + sorted(change.before()))
                        .toList());
        assertTrue(history.complete());
        EntityHistory.Change second = history.changes().get(1);
        assertEquals(2, second.position().offset());
        assertEquals("c-2", second.event().owner());
        assertEquals("{\"n\":2}", new String(second.event().data(), StandardCharsets.UTF_8));
        assertEquals(addressed.target(), second.event().target());
        assertTrue(second.atMicros() > Samples.NOW);
        assertEquals(
                List.of(),
                history("nowhere", "o", Long.MAX_VALUE, 10, 1).changes(),
                "an entity is a name within its stream");
    }

    @Test
    void aHistoryIsBoundedByNumberAndBytes() throws Exception {
        for (int i = 1; i <= 7; i++) {
            commit(of("long-story", "long-story-" + i, "o").data("{'x':'" + ("" + i).repeat(1_000) + "'}"));
        }
        EntityHistory newest = history("long-story", "o", Long.MAX_VALUE, 3, 1 << 20);
        assertEquals(List.of(7L, 6L, 5L), versions(newest));
        assertFalse(newest.complete());
        EntityHistory next = history("long-story", "o", 5, 100, 3_000);
        assertEquals(List.of(4L, 3L), versions(next), "each has two patches of a kilobyte");
        EntityHistory last = history("long-story", "o", 3, 100, 1);
        assertEquals(List.of(2L), versions(last), "one at least");
        assertTrue(history("long-story", "o", 2, 100, 1).complete());
        for (int i = 1; i <= 5; i++) {
            commit(of("long-data", "d-" + i, "o").data("{'x':'" + "1".repeat(1_000) + "'}"));
        }
        EntityHistory same = history("long-data", "o", Long.MAX_VALUE, 100, 3_000);
        assertEquals(List.of(5L, 4L, 3L), versions(same), "their patches are empty, their events aren't");
    }

    /** A state has its keys in the order of whoever merged it, or of jsonb. */
    private static String sorted(@Nullable String json) {
        return json == null ? "null" : new TreeMap<>(new JsonObject(json).getMap()).toString();
    }

    private static List<Long> versions(EntityHistory history) {
        return history.changes().stream().map(EntityHistory.Change::version).toList();
    }

    private static EntityHistory history(String stream, String id, long before, int limit, long bytes)
            throws Exception {
        return NODES.ask(
                Addresses.ENTITY_HISTORY,
                new EntityHistoryQuery(new EntityRef("order", stream, id), before, limit, bytes));
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
