package io.millrace.persistence.retention;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.entity.EntitySnapshot;
import io.millrace.contracts.entity.EntitySnapshotQuery;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What is read where events are removed meanwhile, from a real PostgreSQL. */
@Timeout(120)
class RemovedEventsReadTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void aPageFromWhichEventsWereRemovedAfterItsStreamWasReadSaysSo() throws Exception {
        for (int i = 1; i <= 5; i++) {
            commit(new Samples("between-" + i).type("note:written", "between"));
        }
        NODES.count("with old as (delete from events using streams s where s.id = stream and s.name = 'between'"
                + " and pos <= 3 returning 1) select count(*) from old");
        HistoryPage page = NODES.ask(Addresses.HISTORY, new HistoryQuery("between", 1, 10, false));
        assertEquals(4, page.oldest());
        assertEquals(List.of(4L, 5L), offsets(page));
        NODES.count("with old as (delete from events using streams s where s.id = stream and s.name = 'between'"
                + " returning 1) select count(*) from old");
        HistoryPage empty = NODES.ask(Addresses.HISTORY, new HistoryQuery("between", 1, 10, false));
        assertEquals(6, empty.oldest());
        assertEquals(List.of(), offsets(empty));
        assertEquals(
                1,
                NODES.ask(Addresses.HISTORY, new HistoryQuery("between", 5, 10, false))
                        .oldest());
    }

    @Test
    void aSnapshotBeyondTheLimitHasEntitiesWhoseLastEventsAreRemovedAfterThoseThatChangedSince() throws Exception {
        for (int i = 0; i < 5; i++) {
            commit(of("long", "l-" + i, "long-" + i));
        }
        NODES.count("with old as (delete from events using streams s where s.id = stream and s.name = 'long'"
                + " and pos <= 4 returning 1), moved as (update streams set oldest = 5 where name = 'long')"
                + " select count(*) from old");
        EntitySnapshot some = state("long", 3);
        assertEquals(3, ids(some).size());
        assertEquals("long-4", ids(some).get(0));
        assertEquals(3, Set.copyOf(ids(some)).size());
        assertFalse(some.complete());
        assertEquals(5, ids(state("long", 5)).size());
    }

    private static Samples of(String stream, String id, String order) {
        return new Samples(id).order("order:changed", order).type("order:changed", stream);
    }

    private static void commit(Samples event) throws Exception {
        assertEquals(
                Status.COMMITTED,
                NODES.ask(Addresses.COMMIT, new EventBatch(List.of(event.event())))
                        .outcomes()
                        .get(0)
                        .status());
    }

    private static List<Long> offsets(HistoryPage page) {
        return page.events().stream()
                .map(each -> Objects.requireNonNull(each.position()).offset())
                .toList();
    }

    private static EntitySnapshot state(String stream, int limit) throws Exception {
        return NODES.ask(Addresses.STATE, new EntitySnapshotQuery(stream, limit));
    }

    private static List<String> ids(EntitySnapshot page) {
        return page.entities().stream().map(entity -> entity.ref().id()).toList();
    }
}
