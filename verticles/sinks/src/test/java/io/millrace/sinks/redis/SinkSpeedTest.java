package io.millrace.sinks.redis;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.sinks.SinksFixture;
import io.millrace.sinks.message.FollowSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whether a sink is as fast with a million events stored, and with ten thousand streams, as with none. */
@Tag("long")
@Timeout(300)
class SinkSpeedTest {
    private static final int EVENTS = 20_000;

    @Test
    void itIsAsFastWithAMillionEventsStoredAsWithNone() throws Exception {
        try (SinksFixture fixture = new SinksFixture();
                Channels channels = new Channels(fixture.redis.uri())) {
            fixture.follow = new FollowSettings(500, 8, 10_000, Duration.ofSeconds(2));
            SinksFixture.Node node = fixture.node(
                    """
                    sink: feed
                    as: { user: feed, roles: [staff] }
                    streams: [orders, "room:*"]
                    start: latest
                    redis: { channel: "out:{stream}" }
                    """);
            await().until(() -> node.isRunning("feed"));
            Result warm = measure(fixture, node, channels);
            Result empty = measure(fixture, node, channels);
            fill(fixture);
            fixture.database.execute("analyze");
            Result full = measure(fixture, node, channels);
            System.out.printf(
                    "warming up %s, empty %s, with 1,000,000 events in 10,001 streams %s%n", warm, empty, full);
            assertTrue(full.perSecond() > 0.7 * empty.perSecond(), full + " against " + empty);
            assertTrue(full.p50Micros() < 1.5 * empty.p50Micros() + 2_000, full + " against " + empty);
        }
    }

    /** Behind the sink's back, as if it had sent them. */
    private static void fill(SinksFixture fixture) throws Exception {
        fixture.database.execute(
                """
                insert into streams (name, epoch, head) select 'room:' || n, 'e1', 50 from generate_series(1, 10000) n;
                insert into sink_positions select 'feed', 'room:' || n, 'e1', 50 from generate_series(1, 10000) n;
                insert into events (stream, pos, id, source, type, time, priority, data, metadata, publisher)
                  select s.id, n, s.name || '/' || n, 'fill', 'room:said', now(), 1, '{"n":0}', '{}', 'p'
                  from streams s, generate_series(1, 50) n where s.name like 'room:%';
                insert into events (stream, pos, id, source, type, time, priority, data, metadata, publisher)
                  select s.id, s.head + n, 'more-' || n, 'fill', 'order:created', now(), 1, '{"n":0}', '{}', 'p'
                  from streams s, generate_series(1, 500000) n where s.name = 'orders';
                update sink_positions set pos = pos + 500000 where stream = 'orders';
                update streams set head = head + 500000 where name = 'orders';
                update sink_leases set fence = fence + 1, holder = null, until = '-infinity'""");
        await().until(() -> fixture.query("select holder from sink_leases") != null);
    }

    private record Result(long perSecond, long p50Micros) {}

    private static Result measure(SinksFixture fixture, SinksFixture.Node node, Channels channels) throws Exception {
        await().until(() -> node.isRunning("feed"));
        List<Long> took = new ArrayList<>();
        for (int n = 0; n < 200; n++) {
            int before = channels.all().size();
            long start = System.nanoTime();
            fixture.commit("orders", n, 1);
            while (channels.all().size() == before) {
                Thread.onSpinWait();
            }
            took.add(TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - start));
        }
        took.sort(null);
        int before = channels.all().size();
        long start = System.nanoTime();
        for (int from = 0; from < EVENTS; from += 1_000) {
            fixture.commit("orders", from, 1_000);
        }
        await().pollInterval(1, TimeUnit.MILLISECONDS)
                .atMost(60, TimeUnit.SECONDS)
                .until(() -> channels.all().size() >= before + EVENTS);
        long nanos = System.nanoTime() - start;
        channels.all().clear();
        return new Result(EVENTS * 1_000_000_000L / nanos, took.get(100));
    }
}
