package io.millrace.persistence.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.CommittedEvent;
import io.millrace.contracts.event.Event;
import io.millrace.contracts.event.EventBatch;
import io.millrace.contracts.event.Outcome;
import io.millrace.contracts.event.Position;
import io.millrace.persistence.PersistenceFixture;
import io.millrace.persistence.Samples;
import io.millrace.persistence.store.StreamRegistry;
import io.millrace.redis.RedisSettings;
import io.vertx.core.Vertx;
import io.vertx.pgclient.PgConnection;
import io.vertx.sqlclient.Pool;
import io.vertx.sqlclient.Tuple;
import java.security.SecureRandom;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** A PostgreSQL whose last commits are gone, as after the promotion of a standby that did not have them. */
@Timeout(60)
class LostCommitsTest {
    @RegisterExtension
    static final PersistenceFixture NODES = new PersistenceFixture();

    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private final Vertx vertx = Vertx.vertx();
    private final Pool pool = NODES.pool();
    private final LostCommits lost =
            new LostCommits(vertx, pool, new StreamRegistry(pool, new SecureRandom()), restore(), metrics);

    @AfterEach
    void close() throws Exception {
        NODES.await(pool.close());
        NODES.await(vertx.close());
    }

    @Test
    void aStreamWhoseEndIsGoneBeginsAnewAlsoWhenOthersHaveFilledItAndNoOtherStreamDoes() throws Exception {
        commit("whole", "whole", 1, 3);
        String cut = commit("cut", "cut", 1, 5).epoch();
        String filled = commit("filled", "filled", 1, 5).epoch();
        commit("vanished", "vanished", 1, 1);
        String whole = epoch("whole");
        tell("delete from events e using streams s where s.id = e.stream"
                + " and (s.name in ('cut', 'filled') and e.pos > 3 or s.name = 'vanished')");
        tell("update streams set head = 3 where name in ('cut', 'filled')");
        tell("delete from streams where name = 'vanished'");
        // Another node goes on before this one has looked.
        NODES.await(NODES.alone()
                .request(
                        Addresses.COMMIT,
                        new EventBatch(List.of(
                                event("filled", "other-1"), event("filled", "other-2"), event("filled", "x")))));

        look();
        assertNotEquals(cut, epoch("cut"));
        assertNotEquals(filled, epoch("filled"));
        assertEquals(whole, epoch("whole"));
        assertEquals(
                2 + 1 + 1,
                metrics.counter("millrace.persistence.lost.events").count(),
                "two of cut, one of vanished, and of filled at least one");

        assertTrue(Position.isOfReset(commit("vanished", "back", 1, 1).epoch()), "a stream that was lost whole");

        String anew = epoch("cut");
        Position again = commit("cut", "again", 1, 1);
        assertEquals(new Position(anew, 4), again, "what is left stays, and its end is filled");
        look();
        commit("whole", "later", 1, 1);
        look();
        assertEquals(anew, epoch("cut"), "once is enough");
        assertEquals(whole, epoch("whole"));
    }

    @Test
    void aRestoreIsAskedForFirstSoThatSinksGoOn() throws Exception {
        look();
        commit("kept", "kept", 1, 5);
        tell("insert into sink_positions (sink, stream, epoch, pos) select 'feed', name, epoch, 3 from streams"
                + " where name = 'kept'");
        tell("delete from events e using streams s where s.id = e.stream and s.name = 'kept' and e.pos > 3");
        tell("update streams set head = 3 where name = 'kept'");
        tell("update database_state set database = database + 1");
        look();
        assertEquals(0, metrics.counter("millrace.persistence.lost.events").count());
        assertEquals(1, metrics.counter("millrace.persistence.restores").count());
        assertEquals(epoch("kept"), text("select epoch from sink_positions where sink = 'feed' and stream = 'kept'"));
    }

    /** Without a Redis. */
    private RestoreCheck restore() {
        RestoreWitness witness = new RestoreWitness(vertx, RedisSettings.at("redis://127.0.0.1:1"));
        return new RestoreCheck(vertx, pool, witness, () -> {}, metrics);
    }

    private void look() throws Exception {
        lost.look();
        NODES.await(lost.looked());
    }

    /** The position of the last. */
    private Position commit(String stream, String ids, int from, int to) throws Exception {
        List<Event> events = IntStream.rangeClosed(from, to)
                .mapToObj(i -> event(stream, ids + "-" + i))
                .toList();
        List<Outcome> outcomes =
                NODES.ask(Addresses.COMMIT, new EventBatch(events)).outcomes();
        for (int i = 0; i < events.size(); i++) {
            lost.note(List.of(new CommittedEvent(events.get(i), outcomes.get(i).position(), 0, null)));
        }
        return Objects.requireNonNull(outcomes.get(outcomes.size() - 1).position());
    }

    private static Event event(String stream, String id) {
        return new Samples("lost-" + id).type("note:written", stream).event();
    }

    private static String epoch(String stream) throws Exception {
        PgConnection connection = NODES.connect();
        try {
            return NODES.await(connection
                            .preparedQuery("select epoch from streams where name = $1")
                            .execute(Tuple.of(stream)))
                    .iterator()
                    .next()
                    .getString(0);
        } finally {
            NODES.await(connection.close());
        }
    }

    private static String text(String sql) throws Exception {
        PgConnection connection = NODES.connect();
        try {
            return NODES.await(connection.query(sql).execute())
                    .iterator()
                    .next()
                    .getString(0);
        } finally {
            NODES.await(connection.close());
        }
    }

    private static void tell(String sql) throws Exception {
        PgConnection connection = NODES.connect();
        NODES.await(connection.query(sql).execute());
        NODES.await(connection.close());
    }
}
