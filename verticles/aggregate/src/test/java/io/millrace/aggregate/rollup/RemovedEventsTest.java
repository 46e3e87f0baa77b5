package io.millrace.aggregate.rollup;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.aggregate.AggregateFixture;
import io.millrace.aggregate.AggregateFixture.Fact;
import io.millrace.domain.DomainModel;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Figures of events that history has removed, against a real PostgreSQL. */
@Timeout(120)
class RemovedEventsTest {
    @RegisterExtension
    static final AggregateFixture LEDGER = new AggregateFixture();

    @Test
    void whatIsRemovedStaysCountedAndWhatIsRemovedTooEarlyIsTold() throws Exception {
        String total = "  total: { sum: data.n, of: \"past:x\", every: 1s }\n";
        LEDGER.node(pack(total));
        commit(1, 2);
        eventually("3 of 2", () -> LEDGER.total("total"));
        remove(2);
        commit(4);
        eventually("7 of 3", () -> LEDGER.total("total"));
        assertEquals(0, LEDGER.removed());
        LEDGER.stopAll();

        commit(8, 16, 32);
        remove(5);
        LEDGER.node(pack(total + "  later: { count: \"*\", of: \"past:x\", every: 1s }\n"));
        eventually("39 of 4", () -> LEDGER.total("total"));
        eventually("1 of 1", () -> LEDGER.total("later"));
        assertEquals(2, LEDGER.removed(), "a new KPI counts what is kept, and has missed nothing");
        LEDGER.stopAll();

        commit(64);
        remove(7);
        LEDGER.node(pack(total));
        eventually("1.0", () -> "" + LEDGER.removed());
        commit(128);
        eventually("167 of 5", () -> LEDGER.total("total"));
        assertEquals(1, LEDGER.removed());
    }

    private static void commit(int... numbers) throws Exception {
        for (int number : numbers) {
            LEDGER.commit("past", new Fact("past:x", "2026-01-31T12:00:00Z", "{'n':" + number + "}"));
        }
    }

    private static void remove(int offset) throws Exception {
        LEDGER.execute("delete from events where pos <= " + offset);
    }

    private static DomainModel pack(String kpis) throws Exception {
        return DomainModel.parse(
                "p.yaml",
                "domain: test\nnamespaces: { past: { stream: past } }\n"
                        + "types: { \"past:x\": { namespace: past } }\nkpis:\n" + kpis);
    }

    private static void eventually(String expected, Callable<String> figure) {
        await().atMost(Duration.ofSeconds(15))
                .pollInterval(Duration.ofMillis(50))
                .ignoreExceptions()
                .untilAsserted(() -> assertEquals(expected, figure.call()));
    }
}
