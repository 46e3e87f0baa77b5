package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcome.Status;
import io.millrace.contracts.event.Priority;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Batches that fell with the one on which they were decided, in a real PostgreSQL. */
@Timeout(120)
class OvertakingTest {
    /** Both of one lane. */
    private static final String STREAM = "notes-a";

    private static final String ANOTHER = "notes-c";

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    /** A repeat that nobody looked for makes a batch fail; it is the first, or they would be looked for. */
    @Test
    void nothingOvertakesThemThatComesLater() throws Exception {
        assertEquals(Math.floorMod(STREAM.hashCode(), 2), Math.floorMod(ANOTHER.hashCode(), 2));
        for (int i = 0; i < 20; i++) {
            NODES.await(urgent(STREAM, "warm-" + i));
            NODES.await(ordinary(ANOTHER, "warm-other-" + i));
        }
        Future<Outcome> repeat = urgent(STREAM, "warm-7");
        Future<Outcome> between = ordinary(ANOTHER, "between");
        Future<Outcome> before = urgent(STREAM, "before");
        assertEquals(Status.DUPLICATE, NODES.await(repeat).status());
        Future<Outcome> after = urgent(STREAM, "after");
        assertTrue(place(NODES.await(before)) < place(NODES.await(after)), "the later one was first");
        assertEquals(Status.COMMITTED, NODES.await(between).status());
    }

    private static Future<Outcome> urgent(String stream, String id) {
        return commit(new Samples(id).priority(Priority.HIGH), stream);
    }

    private static Future<Outcome> ordinary(String stream, String id) {
        return commit(new Samples(id), stream);
    }

    private static Future<Outcome> commit(Samples event, String stream) {
        EventBatch batch =
                new EventBatch(List.of(event.type("note:written", stream).event()));
        return NODES.alone().request(Addresses.COMMIT, batch).map(outcomes -> outcomes.outcomes()
                .get(0));
    }

    private static long place(Outcome outcome) {
        return Objects.requireNonNull(outcome.position()).offset();
    }
}
