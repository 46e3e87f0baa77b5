package io.millrace.systemtests.fault;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.PostgresRelay;
import io.millrace.systemtests.environment.RelayedBackends;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.SocketClient;
import io.millrace.testkit.client.StreamLog;
import io.millrace.testkit.process.MillraceProcess;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.millrace.testkit.process.Release;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * kill -9 of a persistence process whose commit is in PostgreSQL and that doesn't know it yet: its answer to the sender and
 * its word to the subscribers come after that, in one turn of its event loop. A relay that keeps PostgreSQL's answer back
 * holds that moment for as long as it takes to look into the table and to kill.
 *
 * <p>A subscriber gets the event within two seconds of the commit if another persistence process lives, otherwise of the
 * moment when there is one again: nobody else reads the table.
 */
@Order(42)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CommitDeathTest {
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final int PERSISTENCE = 2;

    private OwnServers servers;
    private RelayedBackends relayed;
    private PostgresAccess postgres;
    private Pipeline pipeline;
    private ApiClient sender;
    private SocketClient client;
    private StreamLog orders;
    private StreamLog stocks;

    @BeforeAll
    void start() {
        servers = new OwnServers("commit-death");
        relayed = new RelayedBackends(servers.running());
        postgres = new PostgresAccess(servers.running().postgresUri());
        pipeline =
                new Pipeline(Pipeline.Layout.FOUR_PROCESSES, Repository.CONF, Repository.OUTPUTS, relayed, new Ports());
        // An admin may make an ordinary event urgent.
        sender = pipeline.api("shop", "admin");
        client = pipeline.socket("s-1", "staff");
        orders = client.subscribe(Shop.ORDERS);
        stocks = client.subscribe(Shop.INVENTORY);
    }

    @AfterAll
    void stop() {
        client.close();
        pipeline.close();
        relayed.close();
        servers.close();
    }

    /** A process that knows nothing yet takes locks. */
    @Test
    @Order(1)
    void aCommitUnderLocksWithoutAnAnswerIsStoredOnceAndReachesTheSubscriberWithinTwoSeconds() {
        assertSurvivesUnheard();
    }

    @Test
    @Order(2)
    void aCommitInOneStatementWithoutAnAnswerIsStoredOnceAndReachesTheSubscriberWithinTwoSeconds() {
        for (int i = 0; i < 2; i++) {
            JsonObject stock = Shop.stock();
            assertEquals(201, sender.post(Shop.order()).status());
            assertEquals(202, sender.post(stock).status());
            await().until(() -> stocks.has(stock.getString("id")));
        }
        assertSurvivesUnheard();
    }

    @Test
    @Order(3)
    void whileAnotherPersistenceProcessLivesTheSubscriberNeedNotWaitForTheOneThatDied() {
        MillraceProcess first = pipeline.processes().get(PERSISTENCE);
        MillraceProcess second = pipeline.add("persistence").get(0);
        String mark = Shop.unique("mark");
        JsonObject order = marked(Shop.order(), mark);
        List<PostgresRelay> relays = List.of(
                relayed.relay(PERSISTENCE), relayed.relay(pipeline.processes().size() - 1));
        try {
            relays.forEach(relay -> relay.keepBack(mark));
            CompletableFuture<ApiResponse> unheard = sender.postLater(order);
            long committed = awaitRows(order);
            await().until(() -> relays.stream().mapToLong(PostgresRelay::deaf).sum() == 1);
            (relays.get(0).deaf() == 1 ? first : second).kill();
            relays.forEach(PostgresRelay::release);

            awaitSoon(committed, orders, order);
            assertAnsweredAgain(order, orders);
            assertNotAcknowledged(unheard);
        } finally {
            second.stop();
            if (!first.isAlive()) {
                first.launch();
                first.awaitReady();
            }
        }
        assertOnce(order);
        assertEquals(List.of(), orders.faults());
    }

    /** The sender is answered, and whoever answered it was cut off from the cluster: it told nobody else. */
    @Test
    @Order(4)
    void aCommitThatWasAnsweredButNotPublishedReachesTheSubscriberWithinTwoSeconds() {
        JsonObject order = Shop.order();
        try (MillraceProcess elsewhere = new MillraceProcess.Builder(
                        "elsewhere", Release.here(Repository.CONF), Repository.OUTPUTS, Pipeline.SECRET, new Ports())
                .stages("ingest", "router", "persistence")
                .backends(servers.running())
                .start()) {
            ApiClient there =
                    new ApiClient(elsewhere.uri("/"), pipeline.signer().token("shop", "admin"));
            ApiResponse answer = there.post(order);
            long answered = System.nanoTime();
            elsewhere.kill();

            assertEquals(201, answer.status(), answer::toString);
            awaitSoon(answered, orders, order);
            assertEquals(
                    answer.json().getString("position"),
                    assertAnsweredAgain(order, orders).getString("position"));
        }
        assertOnce(order);
        assertEquals(List.of(), orders.faults());
    }

    /** An urgent event and an ordinary one are committed, and the process that did it is killed before it knows. */
    private void assertSurvivesUnheard() {
        MillraceProcess persistence = pipeline.processes().get(PERSISTENCE);
        String mark = Shop.unique("mark");
        JsonObject order = marked(Shop.order(), mark);
        JsonObject stock = marked(Shop.stock(), mark);
        PostgresRelay relay = relayed.relay(PERSISTENCE);
        relay.keepBack(mark);

        CompletableFuture<ApiResponse> unheard = sender.postLater(order);
        assertEquals(202, sender.post(stock).status());
        awaitRows(order, stock);
        await().until(() -> relay.deaf() == 2);
        persistence.kill();
        relay.release();
        persistence.launch();
        persistence.awaitReady();
        long ready = System.nanoTime();

        awaitSoon(ready, orders, order);
        awaitSoon(ready, stocks, stock);
        assertAnsweredAgain(order, orders);
        assertAnsweredAgain(urgent(stock), stocks);
        assertNotAcknowledged(unheard);
        // The queue goes on in order: once it has the next one, it has done with this one.
        JsonObject next = Shop.stock();
        assertEquals(202, sender.post(next).status());
        await().atMost(Duration.ofSeconds(30)).until(() -> stocks.has(next.getString("id")));
        assertOnce(order);
        assertOnce(stock);
        assertEquals(List.of(), orders.faults());
        assertEquals(List.of(), stocks.faults());
    }

    private static JsonObject marked(JsonObject event, String mark) {
        event.getJsonObject("data").put("note", mark);
        return event;
    }

    /** The same event, by the way on which its sender is told its position. */
    private static JsonObject urgent(JsonObject event) {
        return event.copy().put("metadata", new JsonObject().put("priority", "high"));
    }

    /** When they were seen in the table. */
    private long awaitRows(JsonObject... events) {
        for (JsonObject event : events) {
            await().pollInterval(Duration.ofMillis(5)).until(() -> rows(event) == 1);
        }
        return System.nanoTime();
    }

    private static void awaitSoon(long since, StreamLog log, JsonObject event) {
        await().pollInterval(Duration.ofMillis(5)).until(() -> log.has(event.getString("id")));
        Duration took = Duration.ofNanos(System.nanoTime() - since);
        System.out.println("  a commit that nobody was told of: at the subscriber after " + took.toMillis() + " ms");
        assertTrue(took.compareTo(SOON) < 0, took::toString);
    }

    /** With the same id, and the position at which the subscriber has it. */
    private JsonObject assertAnsweredAgain(JsonObject event, StreamLog log) {
        ApiResponse again = sender.post(event);
        assertEquals(200, again.status(), again::toString);
        assertEquals("duplicate", again.json().getString("status"));
        assertEquals(event.getString("id"), again.json().getString("id"));
        assertEquals(
                log.message(event.getString("id")).getString("position"),
                again.json().getString("position"));
        return again.json();
    }

    private static void assertNotAcknowledged(CompletableFuture<ApiResponse> unheard) {
        ApiResponse answer = unheard.join();
        assertEquals(503, answer.status(), answer::toString);
        assertEquals("1", answer.header("Retry-After"));
    }

    private void assertOnce(JsonObject event) {
        assertEquals(1, rows(event));
        JsonObject data = event.getJsonObject("data");
        String entity = data.getString("orderId", data.getString("productId"));
        assertEquals(List.of("1"), postgres.ask("select version from entities where id = ?", entity));
        assertEquals(List.of("1"), postgres.ask("select version from changes where id = ?", entity));
    }

    private long rows(JsonObject event) {
        return postgres.number("select count(*) from events where id = ?", event.getString("id"));
    }
}
