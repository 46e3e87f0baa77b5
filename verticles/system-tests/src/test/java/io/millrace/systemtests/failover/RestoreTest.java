package io.millrace.systemtests.failover;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.systemtests.environment.OwnServers;
import io.millrace.systemtests.environment.PostgresAccess;
import io.millrace.systemtests.environment.PostgresBackup;
import io.millrace.systemtests.environment.QueueReplay;
import io.millrace.systemtests.environment.RedisAccess;
import io.millrace.systemtests.environment.Repository;
import io.millrace.systemtests.environment.Shop;
import io.millrace.testkit.client.ApiClient;
import io.millrace.testkit.client.ApiResponse;
import io.millrace.testkit.client.Transport;
import io.millrace.testkit.client.TransportListener;
import io.millrace.testkit.process.MetricsReader;
import io.millrace.testkit.process.Pipeline;
import io.millrace.testkit.process.Ports;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/**
 * PostgreSQL is restored from a backup that is older than Kafka, Redis and the clients ({@code shared/docs/backup.md}): every
 * client is told that its stream begins anew, entities are those of the database, ordinary events come back from Kafka.
 */
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("RestoreTest")
@Order(47)
final class RestoreTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String SINK =
            """
            sink: feed
            as: { user: feed, roles: [staff] }
            streams: [orders]
            start: earliest
            redis: { channel: "out:{stream}" }
            """;

    @Test
    void anOlderCopyOfTheFilesOfPostgresql() throws Exception {
        restore(PostgresBackup.FILES);
    }

    @Test
    @Tag("long")
    void aRecoveryToATimeInThePast() throws Exception {
        restore(PostgresBackup.POINT_IN_TIME);
    }

    @Test
    @Tag("long")
    void anotherDatabaseInThePlaceOfTheOneThatWas() throws Exception {
        restore(PostgresBackup.OTHER_DATABASE);
    }

    private static void restore(PostgresBackup backup) throws Exception {
        String name = "restore-" + backup.name().toLowerCase(Locale.ROOT);
        List<String> sent = new CopyOnWriteArrayList<>();
        try (OwnServers servers = new OwnServers(name);
                Pipeline pipeline = new Pipeline(
                        Pipeline.Layout.ONE_PROCESS,
                        Repository.confWith(name + "-conf", "sinks/feed.yaml", SINK),
                        Repository.OUTPUTS,
                        servers,
                        new Ports());
                AutoCloseable listening = new RedisAccess(servers.redisUri())
                        .listen(
                                "out:*",
                                message -> sent.add(new JsonObject(message)
                                        .getJsonObject("data")
                                        .getString("id")))) {
            new Scene(servers, pipeline, sent).play(backup);
        }
    }

    private static final class Scene {
        private final OwnServers servers;
        private final Pipeline pipeline;
        private final List<String> sent;
        private final PostgresAccess table;
        private final ApiClient staff;
        private final List<JsonObject> kept = Shop.orders(3);
        private final List<JsonObject> lost = new ArrayList<>(Shop.orders(4));
        private final List<JsonObject> stocks =
                Stream.generate(Shop::stock).limit(6).toList();

        Scene(OwnServers servers, Pipeline pipeline, List<String> sent) {
            this.servers = servers;
            this.pipeline = pipeline;
            this.sent = sent;
            this.table = new PostgresAccess(servers.postgresUri());
            this.staff = pipeline.api("shop", "staff");
            // One of the kept orders has another state after the backup.
            lost.add(ApiClient.event(
                    Shop.unique("e"),
                    "order:updated",
                    new JsonObject().put("orderId", orderId(kept.get(0))).put("total", 1)));
        }

        void play(PostgresBackup backup) throws Exception {
            commit(kept);
            queue(stocks.subList(0, 3));
            await().atMost(PATIENCE).until(() -> table.ask("select pos from sink_positions where sink = 'feed'")
                    .equals(List.of("3")));
            List<TransportListener> clients = everyTransport(null);
            TransportListener customer = customer(null);
            long madeMs = System.currentTimeMillis();
            backup.make(servers.running().postgres());
            commit(lost);
            queue(stocks.subList(3, 6));
            assertEntitiesAreThoseOfTheTable();
            await().atMost(PATIENCE).until(() -> Stream.concat(clients.stream(), Stream.of(customer))
                    .allMatch(client -> client.ids().containsAll(Shop.ids(lost.subList(0, 4)))));
            String tag = staff.entity("order", orderId(kept.get(0))).header("ETag");
            String position = lastPosition(clients.get(0));
            String sealed = lastPosition(customer);
            clients.forEach(TransportListener::close);
            customer.close();

            pipeline.front().stop();
            backup.restore(servers.running().postgres());
            QueueReplay.since(servers.kafkaBootstrap(), madeMs);
            pipeline.front().launch();
            pipeline.front().awaitReady();

            assertEquals(1, new MetricsReader(pipeline.front()).sum("millrace_persistence_restores_total"));
            assertTold(position, sealed, "what it is of is gone");
            List<JsonObject> later = Shop.orders(9);
            commit(later);
            List<TransportListener> again = assertTold(position, sealed, "it is of another event now");
            assertEntitiesAreThoseOfTheTable();
            assertEventsAreThereOnce(later);
            JsonObject update = assertTheSameVersionIsAnotherState(tag);

            JsonObject live = Shop.order();
            commit(List.of(live));
            await().atMost(PATIENCE).until(() -> again.stream()
                    .allMatch(client -> client.ids().equals(Shop.ids(List.of(update, live)))));
            again.forEach(TransportListener::close);
            await().atMost(PATIENCE).until(() -> sent.contains(live.getString("id")));
            assertEquals(
                    Shop.ids(kept),
                    sent.stream().filter(Shop.ids(kept)::contains).toList(),
                    "the sink goes on from where the backup has it");
            assertTrue(sent.containsAll(Shop.ids(later)));
        }

        private void commit(List<JsonObject> events) {
            for (JsonObject event : events) {
                await().atMost(PATIENCE).until(() -> List.of(200, 201)
                        .contains(staff.post(event).status()));
            }
        }

        private void queue(List<JsonObject> events) {
            for (JsonObject event : events) {
                assertEquals(202, staff.post(event).status());
            }
            await().atMost(PATIENCE).until(() -> events.stream().allMatch(event -> rows(event) == 1));
        }

        private long rows(JsonObject event) {
            return table.number("select count(*) from events where id = ?", event.getString("id"));
        }

        /** Staff on each transport, subscribed. */
        private List<TransportListener> everyTransport(String after) {
            String token = pipeline.signer().token("s-1", "staff");
            List<TransportListener> clients = Arrays.stream(Transport.values())
                    .map(transport -> transport.open(pipeline.front().uri("/api/ws"), token, options(after)))
                    .toList();
            await().atMost(PATIENCE)
                    .until(() -> clients.stream().allMatch(client -> client.first("subscribed") != null));
            return clients;
        }

        /** One that may see only a part of the stream. */
        private TransportListener customer(String after) {
            TransportListener client = Transport.WEBSOCKET.open(
                    pipeline.front().uri("/api/ws"), pipeline.signer().token("c-1", "customer"), options(after));
            await().atMost(PATIENCE).until(() -> client.first("subscribed") != null);
            return client;
        }

        private static JsonObject options(String after) {
            JsonObject options = new JsonObject().put("stream", Shop.ORDERS);
            return after == null ? options : options.put("after", after);
        }

        private static String lastPosition(TransportListener client) {
            List<JsonObject> events = client.events();
            return events.get(events.size() - 1).getString("position");
        }

        /** Nobody goes on from a position of before the restore; whoever tried is subscribed from now on. */
        private List<TransportListener> assertTold(String position, String sealed, String why) {
            List<TransportListener> clients = everyTransport(position);
            Map<Transport, Boolean> recovered = Arrays.stream(Transport.values())
                    .collect(Collectors.toMap(transport -> transport, transport -> Objects.requireNonNull(
                                    clients.get(transport.ordinal()).first("subscribed"))
                            .getBoolean("recovered")));
            assertFalse(recovered.containsValue(true), () -> why + ": " + recovered);
            assertTrue(clients.stream().allMatch(client -> client.ids().isEmpty()), why);
            assertEquals(404, staff.history(Shop.ORDERS, position, 10).status(), why);
            TransportListener part = customer(sealed);
            assertFalse(part.first("subscribed").getBoolean("recovered"), why);
            part.close();
            assertEquals(
                    400,
                    pipeline.api("c-1", "customer")
                            .history(Shop.ORDERS, sealed, 10)
                            .status(),
                    why);
            return clients;
        }

        /** Read twice, so that the second one may be answered from a cache. */
        private void assertEntitiesAreThoseOfTheTable() {
            for (JsonObject event : Stream.concat(kept.stream(), lost.stream()).toList()) {
                String id = orderId(event);
                List<String> stored = table.ask(
                        "select version || ' ' || state from entities where kind = 'order' and id = ? and not gone",
                        id);
                for (int i = 0; i < 2; i++) {
                    JsonObject read = staff.entity("order", id).json();
                    List<String> told = read.containsKey("state")
                            ? List.of(read.getInteger("version") + " "
                                    + read.getJsonObject("state").encode())
                            : List.of();
                    assertEquals(stored, told);
                }
            }
        }

        /** Urgent ones of after the backup are gone, until they are sent again. */
        private void assertEventsAreThereOnce(List<JsonObject> later) {
            await().atMost(PATIENCE).until(() -> stocks.stream().allMatch(stock -> rows(stock) == 1));
            assertEquals(6, table.number("select count(*) from events where type = 'inventory:updated'"));
            assertTrue(Stream.concat(kept.stream(), later.stream()).allMatch(order -> rows(order) == 1));
            assertTrue(lost.stream().allMatch(order -> rows(order) == 0));
            assertEquals("duplicate", staff.post(kept.get(0)).json().getString("status"));
        }

        /** What a cache has kept of the order before is not taken for its state of now, which has the same version. */
        private JsonObject assertTheSameVersionIsAnotherState(String tag) {
            JsonObject data =
                    new JsonObject().put("orderId", orderId(kept.get(0))).put("total", 2);
            JsonObject update = ApiClient.event(Shop.unique("e"), "order:updated", data);
            commit(List.of(update));
            ApiResponse now =
                    staff.entity("order", orderId(kept.get(0)), "Cache-Control", "no-cache", "If-None-Match", tag);
            assertEquals(200, now.status());
            assertEquals(version(tag), version(now.header("ETag")));
            return update;
        }

        /** Of {@code "2"}, or {@code "2.k3x00"}. */
        private static String version(String tag) {
            return tag.replaceFirst("^\"(\\d+).*", "$1");
        }

        private static String orderId(JsonObject event) {
            return event.getJsonObject("data").getString("orderId");
        }
    }
}
