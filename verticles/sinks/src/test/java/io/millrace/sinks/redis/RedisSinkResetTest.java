package io.millrace.sinks.redis;

import static io.millrace.postgres.lease.LeaseDatabase.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.sinks.SinksFixture;
import io.vertx.pgclient.PgConnection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** All streams begin anew, as after a restore, while a sink runs. */
@Tag("slow")
@Timeout(60)
class RedisSinkResetTest {
    private static final String FEED =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    private static List<Integer> upTo(int end) {
        return IntStream.rangeClosed(1, end).boxed().toList();
    }

    @Test
    void itGoesOnWhereItWas() throws Exception {
        try (SinksFixture fixture = new SinksFixture()) {
            Channels channels = new Channels(fixture.redis.uri());
            SinksFixture.Node node = fixture.node(FEED);
            await().until(() -> node.isRunning("feed"));
            goesOn(fixture, channels);
            fixture.forget();
            channels.close();
        }
    }

    private static void goesOn(SinksFixture fixture, Channels channels) throws Exception {
        fixture.commit("orders", 1, 5);
        await().until(() -> "5".equals(fixture.query("select pos from sink_positions where stream = 'orders'")));
        fixture.query("select reset_streams()");
        fixture.commit("orders", 6, 1);
        await().until(() -> "6".equals(fixture.query("select pos from sink_positions where stream = 'orders'")));
        assertEquals(upTo(6), channels.numbers("out:orders"));

        // A position that is on its way during the reset.
        PgConnection operator = fixture.session();
        var transaction = await(operator.begin());
        await(operator.query("lock table sink_positions in exclusive mode").execute());
        fixture.commit("orders", 7, 1);
        await().until(() -> channels.numbers("out:orders").equals(upTo(7)));
        await(operator.query("select reset_streams()").execute());
        await(transaction.commit());
        fixture.commit("orders", 8, 1);
        await().until(() -> "8".equals(fixture.query("select pos from sink_positions where stream = 'orders'")));
        List<Integer> heard = channels.numbers("out:orders");
        assertEquals(upTo(8), new ArrayList<>(new LinkedHashSet<>(heard)));
        assertTrue(heard.size() <= 9, "at most what was on its way is repeated: " + heard);
        await(operator.close());
    }
}
