package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.systemtests.load.SteadyLoad;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.client.TokenSigner;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The process ends under load, politely or not, with the servers it had started itself, and is started again. */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("RestartTest")
@Order(30)
final class RestartTest {
    private static final int RATE = 200;
    private static final Path DATA = Repository.OUTPUTS.resolve("restart-data");

    private MillraceProcess millrace;
    private ApiClient staff;
    private String token;

    @BeforeEach
    void start() {
        Repository.delete(DATA);
        millrace = new MillraceProcess.Builder(
                        "restart", Release.here(Repository.CONF), Repository.OUTPUTS, Pipeline.SECRET, new Ports())
                .embeddedBackends(DATA)
                .set("broadcast.connect.rate", "100000")
                .start();
        token = new TokenSigner(Pipeline.SECRET).token("shop", "staff");
        staff = new ApiClient(millrace.uri("/"), token);
    }

    @AfterEach
    void stop() {
        millrace.close();
        Repository.delete(DATA);
    }

    @Test
    void whatWasAcknowledgedIsThereAfterAKillAndAfterAPoliteStop() {
        String orders = staff.head(Shop.ORDERS);
        String stocks = staff.head(Shop.INVENTORY);
        try (SocketClient client = SocketClient.open(millrace.uri("/api/ws"), token)) {
            StreamLog orderLog = client.subscribe(Shop.ORDERS, orders);
            StreamLog stockLog = client.subscribe(Shop.INVENTORY, stocks);

            SteadyLoad killed = SteadyLoad.start(staff, RATE);
            killed.awaitMore(2 * RATE);
            millrace.kill();
            killed.stop();
            assertFalse(killed.refusals().isEmpty());
            comeBack(client);
            assertComplete(killed, orderLog, orders, stockLog, stocks);

            SteadyLoad drained = SteadyLoad.start(staff, RATE);
            drained.awaitMore(2 * RATE);
            millrace.terminate();
            assertEquals(1001, client.closeCode());
            assertEquals("draining", client.last("reconnect").getString("reason"));
            millrace.stop();
            drained.stop();
            // Whoever wasn't taken was told so, or not listened to: nothing was taken and then dropped with an error.
            assertTrue(
                    drained.refusals().stream()
                            .allMatch(why -> why.contains("IOException")
                                    || why.contains("ConnectException")
                                    || why.contains(": 503 ")),
                    () -> drained.refusals().toString());
            comeBack(client);
            assertComplete(drained, orderLog, orders, stockLog, stocks);
        }
    }

    private void comeBack(SocketClient client) {
        millrace.launch();
        millrace.awaitReady();
        client.resume(millrace.uri("/api/ws"));
    }

    private void assertComplete(SteadyLoad load, StreamLog orderLog, String orders, StreamLog stockLog, String stocks) {
        assertHas(load.orders(), Shop.ORDERS, orders, orderLog);
        assertHas(load.stocks(), Shop.INVENTORY, stocks, stockLog);
    }

    /** What wasn't answered may be there too: then once, and for everybody. */
    private void assertHas(Set<String> acknowledged, String stream, String from, StreamLog log) {
        await().atMost(Duration.ofSeconds(20))
                .until(() -> new HashSet<>(Shop.eventIds(staff.historyAfter(stream, from))).containsAll(acknowledged));
        assertTrue(log.recovered());
        await().until(() -> log.ids().containsAll(acknowledged));
        assertEquals(List.of(), log.faults());
        await().untilAsserted(() ->
                assertEquals(Shop.eventIds(staff.historyAfter(stream, from)), log.ids(), "all of " + stream));
    }
}
