package io.millrace.sinks.redis;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.contracts.cluster.TaskStatus;
import io.millrace.sinks.Relay;
import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import io.vertx.core.json.JsonObject;
import io.vertx.pgclient.PgConnection;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams that go out to the channels of a real Redis, from a real PostgreSQL. */
@Tag("slow")
@Timeout(60)
@SuppressWarnings("NullAway.Init")
class RedisSinkTest {
    private static final String ALL =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders, news, "room:*"]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    private static SinksFixture fixture;
    private Channels channels;

    @BeforeAll
    static void start() throws Exception {
        fixture = new SinksFixture();
    }

    @AfterAll
    static void stop() throws Exception {
        fixture.close();
    }

    @BeforeEach
    void subscribe() throws Exception {
        channels = new Channels(fixture.redis.uri());
    }

    @AfterEach
    void forget() throws Exception {
        fixture.forget();
        channels.close();
    }

    private SinksFixture.Node running(String file) throws Exception {
        SinksFixture.Node node = fixture.node(file);
        await().until(() -> node.isRunning("feed"));
        return node;
    }

    private static List<Integer> upTo(int end) {
        return IntStream.rangeClosed(1, end).boxed().toList();
    }

    @Test
    void eachStreamGoesOutInItsOrderOnceAndWithinMilliseconds() throws Exception {
        fixture.commit("orders", 1, 250);
        SinksFixture.Node node = running(ALL);
        for (int round = 0; round < 10; round++) {
            for (int room = 0; room < 12; room++) {
                fixture.commit("room:" + room, round * 10 + 1, 10);
            }
        }
        for (int room = 0; room < 12; room++) {
            String channel = "out:room:" + room;
            await().until(() -> channels.numbers(channel).equals(upTo(100)));
        }
        assertEquals(upTo(250), channels.numbers("out:orders"));
        JsonObject first = channels.all().get(0).json();
        assertNotNull(first.getString("stream"), "so that a repeat is recognized");
        assertTrue(first.getString("position").startsWith("e1:"), first::encode);
        await().until(() -> node.events("sent") == 1_450);

        List<Long> took = new ArrayList<>();
        for (int n = 1; n <= 20; n++) {
            int expected = n;
            long before = System.nanoTime();
            fixture.commit("news", n, 1);
            await().pollInterval(1, TimeUnit.MILLISECONDS)
                    .until(() -> channels.numbers("out:news").size() == expected);
            took.add((channels.all().get(channels.all().size() - 1).nanos() - before) / 1_000_000);
        }
        took.sort(null);
        assertTrue(took.get(10) < 100, "woken by the commit, not by the next look a minute later: " + took + " ms");
        await().until(() -> node.gauge("millrace.sink.lag.events") == 0 && node.gauge("millrace.sink.age") == 0);
    }

    @Test
    void whatIsCommittedLateIsNotSkipped() throws Exception {
        fixture.follow = new FollowSettings(100, 4, 1_000, Duration.ofMillis(100));
        running(ALL);
        PgConnection slow = fixture.session();
        var transaction = await(slow.begin());
        fixture.write(slow, "orders", List.of(new JsonObject().put("n", 1)));
        fixture.commit("news", 1, 3);
        await().until(() -> channels.numbers("out:news").equals(upTo(3)));
        assertEquals(List.of(), channels.numbers("out:orders"));
        // As long ago as a comparison of what changed lately looks back, or longer.
        await(slow.query("update streams set changed_at = now() - interval '10 minutes' where name = 'orders'")
                .execute());
        await(transaction.commit());
        await().until(() -> channels.numbers("out:orders").equals(upTo(1)));
    }

    @Test
    void whatTheBusLosesIsFound() throws Exception {
        fixture.follow = new FollowSettings(100, 4, 1_000, Duration.ofMillis(100));
        running(ALL);
        fixture.write(
                fixture.session(),
                "orders",
                upTo(7).stream().map(n -> new JsonObject().put("n", n)).toList());
        await().until(() -> channels.numbers("out:orders").equals(upTo(7)));
    }

    @Test
    void moreStreamsThanItRemembersAreAllSent() throws Exception {
        fixture.follow = new FollowSettings(100, 2, 5, Duration.ofMinutes(1));
        SinksFixture.Node node = running(ALL);
        for (int room = 0; room < 60; room++) {
            fixture.commit("room:" + room, 1, 2);
        }
        await().until(() -> node.events("sent") >= 120);
        for (int room = 0; room < 60; room++) {
            assertEquals(upTo(2), channels.numbers("out:room:" + room));
        }
    }

    @Test
    void whileRedisIsAwayNothingIsSkipped() throws Exception {
        try (Relay relay = new Relay(URI.create(fixture.redis.uri()).getPort())) {
            fixture.redisUri = "redis://127.0.0.1:" + relay.port();
            SinksFixture.Node node = running(ALL);
            fixture.commit("orders", 1, 200);
            await().until(() -> channels.numbers("out:orders").size() >= 100);
            relay.cut();
            fixture.commit("orders", 201, 50);
            await().until(() -> fixture.alerts.equals(List.of("the sink feed fails")));
            await().until(() -> node.status("feed").state() == TaskStatus.State.FAILING);
            String problem = String.valueOf(node.status("feed").problem());
            assertTrue(problem.contains("Redis at 127.0.0.1:" + relay.port()), problem);
            relay.restore();
            await().until(() -> channels.numbers("out:orders").contains(250));
            List<Integer> heard = channels.numbers("out:orders");
            assertEquals(upTo(250), new ArrayList<>(new LinkedHashSet<>(heard)), "none is skipped, and none overtakes");
            await().until(() -> node.isRunning("feed") && node.status("feed").problem() == null);
            assertEquals(2, node.gauge("millrace.sink.state"));
            await().until(() -> String.valueOf(fixture.query("select told from sink_leases"))
                    .equals("null"));
            relay.cut();
            await().until(() -> fixture.alerts.size() == 2);
            await().until(() ->
                    node.metrics.get("millrace.sink.restarts").counter().count() >= 12);
            assertEquals(2, fixture.alerts.size(), "once, until it has run again");
            assertTrue(node.metrics.get("millrace.sink.restarts").counter().count() >= 1);
        }
    }

    @Test
    void anotherNodeGoesOnWhereADeadOneWasAndSkipsNothing() throws Exception {
        SinksFixture.Node first = running(ALL);
        fixture.commit("orders", 1, 300);
        await().until(() -> channels.numbers("out:orders").size() >= 100);
        SinksFixture.Node second = fixture.node(ALL);
        first.die();
        long died = System.nanoTime();
        fixture.commit("orders", 301, 50);
        await().until(() -> channels.numbers("out:orders").contains(350));
        assertTrue(TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - died) < 15, "within 15 s");
        List<Integer> heard = channels.numbers("out:orders");
        assertEquals(upTo(350), new ArrayList<>(new LinkedHashSet<>(heard)), "none is skipped, and none overtakes");
        assertTrue(heard.size() <= 350 + 2 * 100, "at most the pages that were on their way are repeated");
        assertTrue(second.isRunning("feed"));

        second.stop();
        SinksFixture.Node third = running(ALL);
        fixture.commit("orders", 351, 1);
        await().until(() -> channels.numbers("out:orders").contains(351));
        assertEquals(
                heard.size() + 1, channels.numbers("out:orders").size(), "one that stops leaves nothing to repeat");
        assertEquals(0, third.events("removed"));
    }

    @Test
    void aHolderWhoseLeaseIsAnothersWritesNothing() throws Exception {
        SinksFixture.Node node = running(ALL);
        fixture.commit("orders", 1, 5);
        await().until(() -> "5".equals(fixture.query("select pos from sink_positions where stream = 'orders'")));
        // As if it had hung and another had taken over, before any renewal tells it.
        fixture.database.execute("update sink_leases set fence = fence + 1, holder = 'another',"
                + " until = clock_timestamp() + interval '1 hour'");
        fixture.commit("orders", 6, 5);
        await().until(() -> !node.isRunning("feed"));
        assertEquals("5", fixture.query("select pos from sink_positions where stream = 'orders'"));
        await().until(() -> node.metrics
                        .get("millrace.sink.lease.losses")
                        .tag("sink", "feed")
                        .counter()
                        .count()
                == 1);
    }

    @Test
    void itSendsWhatItsPrincipalMaySeeAndItsFilterWants() throws Exception {
        SinksFixture.Node node = running(
                """
                sink: feed
                as: { user: ann, roles: [customer] }
                streams: [orders]
                types: ["order:*"]
                filter: { data.total: { gte: 100 } }
                start: earliest
                message: { number: { column: data.n, as: integer }, "text": "{key} {type} {id}" }
                redis: { channel: "of:{data.customer}" }
                """);
        fixture.commit("orders", 1, 8, n -> new JsonObject()
                .put("customer", n % 2 == 0 ? "ann" : "bob")
                .put("total", n * 20));
        await().until(() -> node.events("skipped") == 6);
        await().until(() -> channels.all().size() == 2);
        assertEquals("of:ann", channels.all().get(0).channel());
        assertEquals(
                new JsonObject("{\"number\":6,\"text\":\"orders order:created orders-6\"}"),
                channels.all().get(0).json());
        assertEquals(8, channels.all().get(1).json().getInteger("number"));
    }

    @Test
    void whereOnlyAPartMayBeSeenThePositionTellsNothing() throws Exception {
        running(ALL.replace("staff", "customer")
                .replace("user: feed", "user: ann")
                .replace(", news, \"room:*\"", ""));
        fixture.commit("orders", 1, 2, n -> new JsonObject().put("customer", "ann"));
        await().until(() -> channels.all().size() == 2);
        String position = channels.all().get(0).json().getString("position");
        assertTrue(position.startsWith("s."), position);
        assertNotEquals(position, channels.all().get(1).json().getString("position"));
    }

    @Test
    void itBeginsWhereItsFileSaysAndOnlyTheFirstTime() throws Exception {
        fixture.commit("orders", 1, 10);
        String between = Instant.now().toString();
        fixture.commit("orders", 11, 10);
        Map<String, Integer> first = new TreeMap<>();
        Map<String, Integer> expected =
                new TreeMap<>(Map.of("latest", 21, "earliest", 1, "\"" + between + "\"", 11, "\"e1:15\"", 16));
        for (String start : expected.keySet()) {
            String file = ALL.replace("earliest", start).replace(", news, \"room:*\"", "");
            SinksFixture.Node node = running(file);
            if (start.equals("latest")) {
                assertEquals("20", fixture.query("select pos from sink_positions"));
                fixture.commit("orders", 21, 1);
            }
            await().until(() -> !channels.all().isEmpty());
            first.put(start, channels.all().get(0).number());
            await().until(() -> "21".equals(fixture.query("select pos from sink_positions"))
                    || "20".equals(fixture.query("select pos from sink_positions")));
            node.stop();
            if (!start.equals("latest")) {
                await().until(() -> channels.numbers("out:orders").contains(20));
            }
            int before = channels.all().size();
            SinksFixture.Node again = running(file);
            again.stop();
            assertEquals(before, channels.all().size(), "its position counts, and no longer its start");
            fixture.database.execute("truncate sink_leases, sink_positions");
            channels.all().clear();
        }
        assertEquals(expected, first);
    }

    @Test
    void aStreamThatIsBegunAnewAndHistoryThatIsGoneAreTold() throws Exception {
        SinksFixture.Node node = running(ALL);
        fixture.commit("orders", 1, 5);
        await().until(() -> channels.numbers("out:orders").size() == 5);
        node.stop();
        fixture.commit("orders", 6, 20);
        fixture.database.execute("delete from events where pos <= 15");
        SinksFixture.Node next = running(ALL);
        await().until(() -> channels.numbers("out:orders").contains(25));
        assertEquals(10, next.events("removed"));
        assertTrue(String.valueOf(next.status("feed").problem())
                .startsWith("10 events of the stream orders were removed"));
        await().until(() -> fixture.alerts.equals(List.of("the sink feed has missed events")));
        next.stop();

        fixture.commit("orders", 26, 3);
        fixture.database.execute("delete from events");
        SinksFixture.Node empty = running(ALL);
        await().until(() -> empty.events("removed") == 3);
        fixture.commit("orders", 29, 1);
        await().until(() -> channels.numbers("out:orders").contains(29));
        assertFalse(channels.numbers("out:orders").contains(28));
        assertEquals(3, empty.events("removed"));

        fixture.database.execute("update streams set epoch = 'e2', head = 0; delete from events");
        channels.all().clear();
        fixture.commit("orders", 1, 3);
        await().until(() -> channels.numbers("out:orders").equals(upTo(3)));
    }
}
