package io.millrace.sinks.admin;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.bus.Addresses;
import io.millrace.contracts.event.Position;
import io.millrace.contracts.failure.Failure;
import io.millrace.contracts.failure.MillraceException;
import io.millrace.contracts.sink.SinkCommand;
import io.millrace.contracts.sink.SinkPage;
import io.millrace.contracts.sink.SinkQuery;
import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What operators do about the sinks of several nodes, on a real PostgreSQL. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class SinkAdministrationTest {
    private static final String FILE =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders, news]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    private static SinksFixture fixture;

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinksFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void compareOften() {
        fixture.follow = new FollowSettings(100, 4, 1_000, Duration.ofMillis(200));
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
    }

    private static SinksFixture.Node running() throws Exception {
        SinksFixture.Node node = fixture.node(FILE);
        await().until(() -> node.isRunning("feed"));
        fixture.commit("orders", 1, 30);
        await().until(() -> "30".equals(fixture.query("select pos from sink_positions where stream = 'orders'")));
        return node;
    }

    private static Failure refused(SinksFixture.Node node, SinkCommand command) {
        ExecutionException failed = assertThrows(ExecutionException.class, () -> node.order(command));
        return assertInstanceOf(MillraceException.class, failed.getCause()).failure();
    }

    @Test
    void aReplayFromAPositionOrATimeSendsAgainWhatCameAfterIt() throws Exception {
        SinksFixture.Node node = running();
        Position from = node.order(SinkCommand.replay("feed", "orders", new Position("e1", 20), 0, "boss"))
                .position();
        assertEquals("e1:20", from.toString());
        await().until(() -> node.events("sent") == 40);
        await().until(() -> "30".equals(fixture.query("select pos from sink_positions")));

        assertEquals(
                "e1:0",
                node.order(SinkCommand.replay("feed", "orders", null, 1, "boss"))
                        .position()
                        .toString());
        await().until(() -> node.events("sent") == 70);
        assertEquals(
                "replay boss feed {\"was\": \"e1:30\", \"from\": \"e1:20\", \"stream\": \"orders\"}",
                fixture.query(
                        "select act || ' ' || by_user || ' ' || sink || ' ' || detail from sink_acts order by id"));
        assertTrue(node.isRunning("feed"));
    }

    @Test
    void aReplayBeginsWhereHistoryDoesAndTellsNothingAsMissed() throws Exception {
        SinksFixture.Node node = running();
        fixture.query("delete from events where pos <= 10 returning 1");

        Position from = node.order(SinkCommand.replay("feed", "orders", new Position("e1", 3), 0, "boss"))
                .position();

        assertEquals("e1:10", from.toString());
        await().until(() -> node.events("sent") == 50);
        assertEquals(0, node.events("removed"));
        assertNull(node.status("feed").problem());
        assertEquals(List.of(), fixture.alerts);
    }

    @Test
    void aReplayNeverSkips() throws Exception {
        SinksFixture.Node node = running();
        for (SinkCommand wrong : List.of(
                SinkCommand.replay("feed", "orders", new Position("e1", 31), 0, "boss"),
                SinkCommand.replay("feed", "orders", new Position("e2", 3), 0, "boss"))) {
            assertEquals(Failure.BAD_MESSAGE, refused(node, wrong));
        }
        assertEquals(
                Failure.NOT_FOUND,
                refused(node, SinkCommand.replay("feed", "room:a", new Position("e1", 1), 0, "boss")));
        assertEquals(Failure.NOT_FOUND, refused(node, SinkCommand.enable("fed", "boss")));
        assertEquals("30", fixture.query("select pos from sink_positions"));
        assertEquals("0", fixture.query("select count(*) from sink_acts"), "what was refused was not done");
        assertEquals(30, node.events("sent"));
    }

    /** Whichever node is asked, and however far the one that runs it is at the moment. */
    @Test
    void anotherNodeThanTheOneThatRunsItDoesIt() throws Exception {
        SinksFixture.Node first = running();
        SinksFixture.Node second = fixture.node(FILE);
        fixture.commit("orders", 31, 2_000);
        second.order(SinkCommand.replay("feed", "orders", new Position("e1", 5), 0, "boss"));
        await().until(() -> "2030".equals(fixture.query("select pos from sink_positions")));
        assertTrue(first.events("sent") + second.events("sent") >= 30 + 2_025);
        second.order(SinkCommand.denied("customer", "POST /api/sinks/replay"));
        assertEquals(
                "denied customer", fixture.query("select act || ' ' || by_user from sink_acts where sink is null"));
    }

    @Test
    void theDeadOnesAreListedPageByPageAndRedrivenAsFarAsThereIsRoom() throws Exception {
        SinksFixture.Node node = running();
        fixture.database.execute(
                """
                insert into sink_parked (sink, stream, epoch, pos, key, attempts, first_ms, due_ms, error, dead)
                select 'feed', 'orders', 'e1', n, 'k', 3, 1, 1, 'why', n <= 5 from generate_series(1, 7) n""");
        SinkPage page = await(node.bus.request(Addresses.SINKS, new SinkQuery("feed", 0, 3)));
        assertEquals(List.of(new SinkPage.Counts("feed", 2, 5, null)), page.sinks());
        assertEquals(
                List.of(1L, 2L, 3L),
                page.dead().stream().map(dead -> dead.position().offset()).toList());
        long last = page.dead().get(2).id();
        assertEquals(
                2,
                await(node.bus.request(Addresses.SINKS, new SinkQuery("feed", last, 3)))
                        .dead()
                        .size());
        assertEquals(
                List.of(),
                await(node.bus.request(Addresses.SINKS, new SinkQuery("x", 0, 3)))
                        .sinks());

        SinkAdministration little = new SinkAdministration(fixture.pool(), node.bus, 4);
        var done = await(little.execute(SinkCommand.redrive("feed", List.of(), "boss")));
        assertEquals(5, done.matched());
        assertEquals(2, done.done(), "two wait already, and four may");
        assertEquals(
                0,
                await(little.execute(SinkCommand.redrive("feed", List.of(last), "boss")))
                        .done());
        assertEquals(
                1,
                node.order(SinkCommand.redrive("feed", List.of(last), "boss")).done());
        assertEquals("2", fixture.query("select count(*) from sink_parked where dead"));
    }
}
