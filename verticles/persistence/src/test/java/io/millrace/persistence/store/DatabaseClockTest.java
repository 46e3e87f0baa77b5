package io.millrace.persistence.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.event.Event;
import io.millrace.contracts.text.Micros;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.vertx.core.Vertx;
import io.vertx.sqlclient.Pool;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The time of PostgreSQL, and events of a node whose clock is ahead of it. */
@Timeout(60)
class DatabaseClockTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    private static final long HOUR = TimeUnit.HOURS.toMicros(1);

    private final Vertx vertx = Vertx.vertx();
    private final Pool pool = NODES.pool();

    @AfterEach
    void close() throws Exception {
        NODES.await(pool.close());
        NODES.await(vertx.close());
    }

    @Test
    void itIsTheTimeOfPostgresqlAndAnEventIsNotAcceptedLaterThanThat() throws Exception {
        DatabaseClock clock = new DatabaseClock(vertx, pool);
        NODES.await(vertx.timer(1).compose(onLoop -> clock.begin()));
        long time = NODES.count("select (extract(epoch from clock_timestamp()) * 1000000)::bigint");
        assertEquals(time, clock.micros(), 500_000);

        Event now = event(Micros.now());
        assertSame(now, clock.notLater(now));
        // A node that is a little ahead keeps its own order: what it took first may be committed last.
        Event soon = event(Micros.now() + TimeUnit.SECONDS.toMicros(5));
        assertSame(soon, clock.notLater(soon));
        Event ahead = clock.notLater(event(Micros.now() + HOUR));
        assertTrue(ahead.acceptedAtMicros() <= clock.micros());
        assertEquals("clock", ahead.id());
        Event behind = event(Micros.now() - HOUR);
        assertSame(behind, clock.notLater(behind));
    }

    @Test
    void withoutAnAnswerNothingIsTakenForTooLate() throws Exception {
        DatabaseClock clock = new DatabaseClock(vertx, pool);
        Event ahead = event(Micros.now() + HOUR);
        assertSame(ahead, clock.notLater(ahead));
    }

    private static Event event(long acceptedAtMicros) {
        return new Samples("clock")
                .event().toBuilder().acceptedAtMicros(acceptedAtMicros).build();
    }
}
