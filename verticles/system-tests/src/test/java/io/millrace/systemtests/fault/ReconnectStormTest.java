package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OnPipeline;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.ReconnectingClients;
import io.millrace.systemtests.load.SampledRate;
import io.millrace.systemtests.load.SteadyLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;

/** A node that goes sends its clients elsewhere, in slices; all of them go on there, and the database hardly notices. */
@Order(23)
@Isolated("of 2,000 clients each has its connection in time")
@OnPipeline(Pipeline.Layout.FOUR_PROCESSES)
final class ReconnectStormTest {
    private static final int CLIENTS = Integer.getInteger("millrace.crowd", 2_000);
    private static final Duration RETURN = Duration.ofSeconds(30);
    private static final int RATE = 50;
    /** {@code persistence.read.pool.size}, the connections that history is read by. */
    private static final int READERS = 4;
    /** {@code broadcast.reconnect.spread}. */
    private static final int SPREAD_SECONDS = 3;

    private final Pipeline pipeline;

    ReconnectStormTest(Pipeline pipeline) {
        this.pipeline = pipeline;
    }

    @Test
    void clientsThatReconnectAsSoonAsTheyAreSentAwayContinueWithoutAGapAndDoNotComeTogether() {
        ApiClient staff = pipeline.api("shop", "staff");
        MillraceProcess leaving = pipeline.add("broadcast").get(0);
        AtomicReference<MillraceProcess> there = new AtomicReference<>(leaving);
        PostgresAccess postgres = new PostgresAccess(pipeline.backends().postgresUri());
        staff.post(Shop.order());
        try (SteadyLoad load = SteadyLoad.startPatient(staff, RATE);
                ReconnectingClients crowd = new ReconnectingClients(
                        CLIENTS,
                        () -> there.get().uri("/api/ws"),
                        number -> pipeline.signer().token("s-crowd-" + number, "staff"),
                        Shop.ORDERS)) {
            load.awaitMore(RATE);
            System.out.printf(
                    "%d clients that connect by 50 while events flow: auth to welcome p50 %.1f ms, p99 %.1f ms%n",
                    CLIENTS, crowd.welcomedWithinMs(50), crowd.welcomedWithinMs(99));
            there.set(pipeline.broadcast());
            long began = System.nanoTime();
            leaving.terminate();
            AtomicLong most = new AtomicLong();
            SampledRate away = new SampledRate(leaving, "millrace_broadcast_closed_total{code=\"1001\"");
            SampledRate back = new SampledRate(pipeline.broadcast(), "millrace_broadcast_resumed_total");
            await().atMost(RETURN).pollInterval(Duration.ofMillis(50)).until(() -> {
                most.accumulateAndGet(reads(postgres), Math::max);
                away.sample();
                back.sample();
                return crowd.told() == CLIENTS;
            });
            load.awaitMore(2 * RATE);
            load.stop();
            long head = head(staff);
            await().atMost(RETURN).until(() -> {
                most.accumulateAndGet(reads(postgres), Math::max);
                back.sample();
                return crowd.at(head) == CLIENTS;
            });
            System.out.printf(
                    "retreat: %d clients, all with everything %.1f s after the SIGTERM; in a second at most %d sent away and"
                            + " %d back; at most %d reading the database%n",
                    CLIENTS,
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began) / 1000.0,
                    away.highest(),
                    back.highest(),
                    most.get());
            assertEquals(List.of(), crowd.faults());
            assertEquals(List.of(), load.refusals());
            assertTrue(most.get() <= 2L * READERS, () -> most + " connections read");
            assertTrue(
                    away.highest() <= 2 * CLIENTS / SPREAD_SECONDS,
                    () -> away.highest() + " clients were sent away in a second");
        } finally {
            leaving.close();
        }
    }

    private static long reads(PostgresAccess postgres) {
        return postgres.number(
                "select count(*) from pg_stat_activity where application_name = 'millrace-reads' and state = 'active'");
    }

    private static long head(ApiClient staff) {
        String head = staff.head(Shop.ORDERS);
        return Long.parseLong(head.substring(head.indexOf(':') + 1));
    }
}
