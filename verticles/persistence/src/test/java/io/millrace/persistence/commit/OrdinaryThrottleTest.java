package io.millrace.persistence.commit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Outcomes;
import io.millrace.contracts.event.Priority;
import io.millrace.contracts.stream.HistoryPage;
import io.millrace.contracts.stream.HistoryQuery;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Urgent events among ordinary ones of their own stream, in a real PostgreSQL. */
@Timeout(120)
class OrdinaryThrottleTest {
    private static final int ORDINARY = 2_000;

    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    @Test
    void anUrgentEventOvertakesTheOrdinaryOnesThatWaitAndTheyKeepTheirOrder() throws Exception {
        // A first commit takes long: after it the pipeline is as it is in use.
        for (int i = 0; i < 10; i++) {
            NODES.await(commit(urgent("warm-" + i).type("note:written", "warm")));
        }
        assertEquals(1, place(NODES.await(commit(urgent("u-1"))).get(0)));
        Future<List<Outcome>> waiting = commit(IntStream.range(0, ORDINARY)
                .mapToObj(i -> new Samples("o-" + i))
                .toArray(Samples[]::new));
        long overtaking = place(NODES.await(commit(urgent("u-2"))).get(0));
        // What was under way, and not much more.
        assertTrue(overtaking < 200, "behind " + overtaking);
        List<Long> places =
                NODES.await(waiting).stream().map(OrdinaryThrottleTest::place).toList();
        assertEquals(places.stream().sorted().toList(), places);
        assertEquals(
                LongStream.rangeClosed(1, ORDINARY + 2).boxed().toList(),
                Stream.concat(Stream.of(1L, overtaking), places.stream())
                        .sorted()
                        .toList());
    }

    @Test
    void aFailedStepStopsLaterOnesSoThatARetryKeepsTheOrder() throws Exception {
        Samples[] events = IntStream.range(0, 900)
                .mapToObj(i -> new Samples("held-" + (1_000 + i)).type("note:written", "held"))
                .toArray(Samples[]::new);
        NODES.await(commit(urgent("held-first").type("note:written", "held")));
        boolean committed = false;
        for (int attempt = 0; !committed; attempt++) {
            Future<List<Outcome>> sent = commit(events);
            if (attempt < 3) {
                NODES.count("select count(pg_terminate_backend(pid)) from pg_stat_activity"
                        + " where application_name = 'millrace-commits'");
            }
            NODES.await(commit(urgent("held-" + attempt).type("note:written", "held"))
                    .otherwise(List.of()));
            committed = NODES.await(sent.map(true).otherwise(false));
        }
        HistoryPage page =
                NODES.await(NODES.alone().request(Addresses.HISTORY, new HistoryQuery("held", 0, 1_000, false)));
        assertEquals(
                Stream.of(events).map(each -> each.event().id()).toList(),
                page.events().stream()
                        .map(each -> each.event().id())
                        .filter(id -> id.matches("held-\\d{4}"))
                        .toList());
    }

    @Test
    void whereAStepTakesLongTheyAreMadeNoMore() throws Exception {
        Vertx vertx = Vertx.vertx();
        try {
            OrdinaryThrottle throttle = new OrdinaryThrottle(vertx);
            assertFalse(throttle.due());
            throttle.onUrgent();
            assertTrue(throttle.due());
            NODES.await(throttle.after(OrdinaryThrottle.STEP, () -> vertx.timer(150, TimeUnit.MILLISECONDS)));
            throttle.onUrgent();
            assertFalse(throttle.due(), "PostgreSQL is slow");
        } finally {
            NODES.await(vertx.close());
        }
    }

    private static Samples urgent(String id) {
        return new Samples(id).priority(Priority.CRITICAL);
    }

    private static Future<List<Outcome>> commit(Samples... events) {
        EventBatch batch = new EventBatch(Stream.of(events).map(Samples::event).toList());
        return NODES.alone().request(Addresses.COMMIT, batch).map(Outcomes::outcomes);
    }

    private static long place(Outcome outcome) {
        return Objects.requireNonNull(outcome.position()).offset();
    }
}
